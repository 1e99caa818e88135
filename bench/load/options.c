#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "websocket.h"

static const char kUsage[] =
    "usage: load (--tcp PORT | --unix PATH) --request FILE --body FILE\n"
    "  --tcp PORT         connect to 127.0.0.1:PORT\n"
    "  --unix PATH        connect to a unix socket\n"
    "  --request FILE     the bytes of one request\n"
    "  --body FILE        the body every response must have\n"
    "  --status N         the status every response must have [200]\n"
    "  --connections N    connections kept busy [64]\n"
    "  --depth N          requests sent together on a connection [1]\n"
    "  --warmup SECONDS   load before measuring [1]\n"
    "  --seconds SECONDS  measuring time [2]\n"
    "  --count N          measure N requests instead of a time\n"
    "  --server-pid PID   measure the CPU time of this process\n"
    "  --core N           run on this core only\n"
    "  --websocket TYPE   messages, text or binary: the request is a handshake,\n"
    "                     the body the message that every one must answer\n"
    "  --message FILE     a compressed message to send in place of the body;\n"
    "                     answers must be compressed too\n"
    "  --fan-out          only the first connection sends; all are answered\n"
    "  --idle             one request on each connection, print a line, hold\n"
    "                     them open until standard input ends\n"
    "  --tls CA           TLS 1.3, the server's certificate from these CAs\n"
    "  --handshakes TYPE  a new connection for each request, full or resumed\n"
    "  --download N       N MiB answer the request, each byte an 'a'; MiB are\n"
    "                     what is counted, on one connection\n"
    "  --upload N         N MiB follow the request, and are answered\n";

static void Refuse(const char* why, const char* what) {
  fprintf(stderr, "load: %s %s\n%s", why, what, kUsage);
  exit(2);
}

static Bytes ReadFile(const char* path) {
  FILE* file = fopen(path, "rb");
  if (file == NULL) Refuse("cannot open", path);
  Bytes bytes = {.data = NULL, .size = 0};
  size_t room = 0;
  for (;;) {
    if (bytes.size == room) {
      room = room == 0 ? 4096 : room * 2;
      bytes.data = realloc(bytes.data, room);
      if (bytes.data == NULL) abort();
    }
    const size_t got =
        fread(bytes.data + bytes.size, 1, room - bytes.size, file);
    if (got == 0) break;
    bytes.size += got;
  }
  fclose(file);
  return bytes;
}

static Bytes Repeat(Bytes bytes, int times) {
  Bytes all = {.data = malloc(bytes.size * (size_t)times + 1),
               .size = bytes.size * (size_t)times};
  if (all.data == NULL) abort();
  for (int i = 0; i < times; i++) {
    memcpy(all.data + bytes.size * (size_t)i, bytes.data, bytes.size);
  }
  return all;
}

static double Number(const char* text, double least) {
  char* end;
  const double value = strtod(text, &end);
  if (*text == '\0' || *end != '\0' || !(value >= least)) {
    Refuse("bad number", text);
  }
  return value;
}

Options ParseOptions(int argc, char** argv) {
  static const struct option kNames[] = {
      {"tcp", required_argument, NULL, 't'},
      {"unix", required_argument, NULL, 'u'},
      {"request", required_argument, NULL, 'r'},
      {"body", required_argument, NULL, 'b'},
      {"status", required_argument, NULL, 's'},
      {"connections", required_argument, NULL, 'c'},
      {"depth", required_argument, NULL, 'd'},
      {"warmup", required_argument, NULL, 'w'},
      {"seconds", required_argument, NULL, 'n'},
      {"count", required_argument, NULL, 'N'},
      {"server-pid", required_argument, NULL, 'p'},
      {"core", required_argument, NULL, 'k'},
      {"websocket", required_argument, NULL, 'W'},
      {"message", required_argument, NULL, 'm'},
      {"fan-out", no_argument, NULL, 'f'},
      {"idle", no_argument, NULL, 'i'},
      {"tls", required_argument, NULL, 'T'},
      {"handshakes", required_argument, NULL, 'H'},
      {"download", required_argument, NULL, 'D'},
      {"upload", required_argument, NULL, 'U'},
      {NULL, 0, NULL, 0},
  };
  Options options = {.connections = 64,
                     .depth = 1,
                     .expected_status = 200,
                     .warmup_s = 1,
                     .seconds = 2,
                     .core = -1};
  const char* request_path = NULL;
  const char* body_path = NULL;
  const char* message_path = NULL;
  const char* type = NULL;
  int name;
  while ((name = getopt_long(argc, argv, "", kNames, NULL)) != -1) {
    switch (name) {
      case 't': options.tcp_port = (int)Number(optarg, 1); break;
      case 'u': options.unix_path = optarg; break;
      case 'r': request_path = optarg; break;
      case 'b': body_path = optarg; break;
      case 's': options.expected_status = (int)Number(optarg, 100); break;
      case 'c': options.connections = (int)Number(optarg, 1); break;
      case 'd': options.depth = (int)Number(optarg, 1); break;
      case 'w': options.warmup_s = Number(optarg, 0); break;
      case 'n': options.seconds = Number(optarg, 0.001); break;
      case 'N':
        options.count = (long long)Number(optarg, 1);
        options.seconds = 0;
        break;
      case 'p': options.server_pid = (pid_t)Number(optarg, 1); break;
      case 'k': options.core = (int)Number(optarg, 0); break;
      case 'W': type = optarg; break;
      case 'm': message_path = optarg; break;
      case 'f': options.fan_out = true; break;
      case 'i': options.idle = true; break;
      case 'T': options.ca_path = optarg; break;
      case 'H':
        options.handshakes = strcmp(optarg, "resumed") == 0 ? kResumed : kFull;
        break;
      case 'D': options.mebibytes = (long long)Number(optarg, 1); break;
      case 'U':
        options.mebibytes = (long long)Number(optarg, 1);
        options.is_upload = true;
        break;
      default: Refuse("unknown option", argv[optind - 1]);
    }
  }
  if (optind < argc) Refuse("unexpected argument", argv[optind]);
  if ((options.tcp_port == 0) == (options.unix_path == NULL)) {
    Refuse("give one of", "--tcp and --unix");
  }
  if (request_path == NULL) Refuse("missing", "--request");
  if (body_path == NULL) Refuse("missing", "--body");
  if (options.idle || options.handshakes != kNoHandshakes) options.depth = 1;
  if (options.ca_path != NULL && type != NULL) {
    Refuse("there is no WebSocket over", "--tls");
  }
  if (options.handshakes != kNoHandshakes && options.ca_path == NULL) {
    Refuse("missing", "--tls");
  }
  options.expected_body = ReadFile(body_path);
  if (type == NULL) {
    options.batch = Repeat(ReadFile(request_path), options.depth);
    return options;
  }
  const bool text = strcmp(type, "text") == 0;
  options.websocket = true;
  options.handshake = ReadFile(request_path);
  options.compressed = message_path != NULL;
  const Bytes message =
      options.compressed ? ReadFile(message_path) : options.expected_body;
  options.batch =
      Repeat(MakeFrame(message, text, options.compressed), options.depth);
  options.expected_status = (unsigned char)MakeFrame(message, text,
                                                     options.compressed).data[0];
  return options;
}
