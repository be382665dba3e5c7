// What Flyway itself says of names, versions, checksums and placeholders, one answer a line.
// See README.md beside this file.

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.flywaydb.core.api.MigrationVersion;
import org.flywaydb.core.api.configuration.ClassicConfiguration;
import org.flywaydb.core.api.resource.LoadableResource;
import org.flywaydb.core.internal.configuration.ConfigUtils;
import org.flywaydb.core.internal.parser.PlaceholderReplacingReader;
import org.flywaydb.core.internal.resolver.ChecksumCalculator;
import org.flywaydb.core.internal.resource.ResourceName;
import org.flywaydb.core.internal.resource.ResourceNameParser;
import org.flywaydb.core.internal.resource.filesystem.FileSystemResource;

public final class FlywayOracle {
    private static String escape(String text) {
        StringBuilder out = new StringBuilder();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            out.append(b > 0x20 && b < 0x7f && b != '%' ? String.valueOf((char) b)
                                                        : String.format("%%%02x", b & 0xff));
        }
        return out.toString();
    }

    private static String unescape(String text) {
        return new String(bytes(text), StandardCharsets.UTF_8);
    }

    private static byte[] bytes(String text) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int i = 0; i < text.length(); ++i) {
            if (text.charAt(i) == '%') {
                out.write(Integer.parseInt(text.substring(i + 1, i + 3), 16));
                i += 2;
            } else {
                out.write(text.charAt(i));
            }
        }
        return out.toByteArray();
    }

    private static String name(String file) {
        ResourceName name = new ResourceNameParser(new ClassicConfiguration()).parse(file);
        if (!name.isValid()) return "invalid";
        String version = name.getVersion() == null ? "-" : name.getVersion().getVersion();
        String description = name.getDescription() == null ? "" : name.getDescription();
        return name.getPrefix() + " " + version + " \"" + escape(description) + "\"";
    }

    private static String version(String a, String b) {
        try {
            return String.valueOf(Integer.signum(
                MigrationVersion.fromVersion(a).compareTo(MigrationVersion.fromVersion(b))));
        } catch (RuntimeException e) {
            return "invalid";
        }
    }

    private static String checksum(byte[] content) throws Exception {
        Path file = Files.createTempFile("flyway", ".sql");
        Files.write(file, content);
        try {
            return String.valueOf(ChecksumCalculator.calculate(new LoadableResource[] {
                new FileSystemResource(null, file.toString(), StandardCharsets.UTF_8, false)}));
        } catch (RuntimeException e) {
            return "invalid";
        } finally {
            Files.delete(file);
        }
    }

    private static String placeholders(String prefix, String suffix, String text) {
        Map<String, String> values = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        values.put("name", "value");
        values.put("a.b", "dotted");
        values.put("flyway:table", "history");
        values.put("nested", "${name}");
        values.put("empty", "");
        try (PlaceholderReplacingReader reader = new PlaceholderReplacingReader(
                 prefix, suffix, ":", values, new StringReader(text))) {
            StringBuilder out = new StringBuilder();
            for (int c = reader.read(); c != -1; c = reader.read()) out.append((char) c);
            return "\"" + escape(out.toString()) + "\"";
        } catch (Exception e) {
            return "invalid";
        }
    }

    private static String settings(String text) {
        try {
            StringBuilder out = new StringBuilder();
            new TreeMap<>(ConfigUtils.loadConfigurationFromString(text))
                .forEach((key, value) -> out.append(escape(key) + "=" + escape(value) + " "));
            return out.toString().strip();
        } catch (Exception e) {
            return "invalid";
        }
    }

    public static void main(String[] args) throws Exception {
        BufferedReader in =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        List<String> out = new ArrayList<>();
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] words = line.split(" ", -1);
            String answer = switch (words[0]) {
                case "name" -> name(unescape(words[1]));
                case "version" -> version(words[1], words[2]);
                case "conf" -> settings(unescape(words[1]));
                case "checksum" -> checksum(bytes(words[1]));
                default -> placeholders(unescape(words[1]), unescape(words[2]), unescape(words[3]));
            };
            out.add(line + " => " + answer);
        }
        System.out.print(String.join("\n", out) + "\n");
    }
}
