/* The floor of a cold start: one socket, the request that a runtime has to send, the answer, the end.
   With an argument, what a runtime sends that wants a SIGTERM before its SIGKILL: an internal
   extension's registration first, and that extension's own request on a second socket. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static char answer[4096];

static int open_connection(void) {
  const char* port = strchr(getenv("AWS_LAMBDA_RUNTIME_API"), ':') + 1;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(port))};
  inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
  const int connection = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(connection, (struct sockaddr*)&address, sizeof address) != 0) exit(1);
  return connection;
}

static void ask(int connection, const char* request) {
  if (write(connection, request, strlen(request)) < 0) exit(1);
}

static void read_answer(int connection) {
  if (read(connection, answer, sizeof answer) < 0) exit(1);
}

int main(int argc, char** argv) {
  (void)argv;
  const int connection = open_connection();
  if (argc > 1) {
    ask(connection,
        "POST /2020-01-01/extension/register HTTP/1.1\r\nHost: runtime\r\n"
        "Lambda-Extension-Name: floor\r\nContent-Length: 13\r\n\r\n{\"events\":[]}");
    read_answer(connection);
    ask(open_connection(),
        "GET /2020-01-01/extension/event/next HTTP/1.1\r\nHost: runtime\r\n"
        "Lambda-Extension-Identifier: x\r\n\r\n");
  }
  ask(connection, "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: runtime\r\n\r\n");
  read_answer(connection);
  return 0;
}
