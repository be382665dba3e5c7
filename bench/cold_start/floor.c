/* The floor of a cold start: one socket, the request that a runtime has to send, the answer, the end. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int main(void) {
  const char* port = strchr(getenv("AWS_LAMBDA_RUNTIME_API"), ':') + 1;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(port))};
  inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
  const int connection = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(connection, (struct sockaddr*)&address, sizeof address) != 0) return 1;
  static const char request[] =
      "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: runtime\r\n\r\n";
  if (write(connection, request, sizeof request - 1) < 0) return 1;
  char answer[4096];
  return read(connection, answer, sizeof answer) < 0;
}
