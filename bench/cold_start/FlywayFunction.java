// A Java function's start, as its own runtime goes: load what it is made of, then ask for the event.

import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.flywaydb.core.Flyway;

public final class FlywayFunction {
  static final Flyway FLYWAY =
      Flyway.configure()
          .dataSource("jdbc:postgresql://127.0.0.1/postgres", "admin", "")
          .locations("filesystem:/tmp")
          .load();

  public static void main(String[] arguments) throws Exception {
    String[] address = System.getenv("AWS_LAMBDA_RUNTIME_API").split(":");
    try (Socket runtime = new Socket(address[0], Integer.parseInt(address[1]))) {
      String request =
          "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: " + address[0] + "\r\n\r\n";
      runtime.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      runtime.getInputStream().read();
    }
  }
}
