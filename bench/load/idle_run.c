#include "idle_run.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "connection.h"
#include "readiness.h"

static void AskOnce(Connection* connection, const Options* options,
                    HeadCache* cache) {
  ConnectionOpen(connection, options);
  ConnectionSend(connection, options);
  while (connection->outstanding > 0) {
    WaitForSocket(connection->fd, POLLIN);
    ConnectionReceive(connection, options, cache);
  }
  free(connection->input);
  connection->input = NULL;
}

static void RequireOpen(const Connection* connection) {
  char byte;
  if (recv(connection->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0) {
    fprintf(stderr, "load: the server closed an idle connection\n");
    exit(1);
  }
}

void RunIdle(const Options* options) {
  static HeadCache cache;
  Connection* connections =
      calloc((size_t)options->connections, sizeof *connections);
  if (connections == NULL) abort();
  for (int i = 0; i < options->connections; i++) {
    AskOnce(&connections[i], options, &cache);
  }
  printf("{\"connections\":%d}\n", options->connections);
  fflush(stdout);
  char ignored[64];
  while (read(STDIN_FILENO, ignored, sizeof ignored) > 0) continue;
  for (int i = 0; i < options->connections; i++) RequireOpen(&connections[i]);
}
