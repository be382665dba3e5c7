// Flyway itself: java FlywayPeer.java URL FOLDER COMMAND..., one after the other.
// baseline:VERSION, migrate, migrate:TARGET, repair, validate; table:NAME for those behind it.

import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.configuration.FluentConfiguration;

public class FlywayPeer {
  public static void main(String[] args) {
    String table = "flyway_schema_history";
    for (int i = 2; i < args.length; ++i) {
      String[] words = args[i].split(":");
      if (words[0].equals("table")) {
        table = words[1];
        continue;
      }
      FluentConfiguration configuration =
          Flyway.configure()
              .dataSource(args[0], "postgres", "")
              .locations("filesystem:" + args[1])
              .table(table)
              .baselineOnMigrate(words[0].equals("baseline"));
      if (words[0].equals("baseline")) configuration.baselineVersion(words[1]);
      if (words[0].equals("migrate") && words.length > 1) configuration.target(words[1]);
      Flyway flyway = configuration.load();
      switch (words[0]) {
        case "baseline" -> flyway.baseline();
        case "migrate" -> flyway.migrate();
        case "repair" -> flyway.repair();
        case "validate" -> flyway.validate();
        default -> throw new IllegalArgumentException(args[i]);
      }
    }
  }
}
