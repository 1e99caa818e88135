#include "hand_on.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace gudeg::transport {

namespace {

// A control message with room for one descriptor.
union Control {
  char bytes[CMSG_SPACE(sizeof(int))];
  cmsghdr align;
};

}  // namespace

int OpenHandOnChannel(HandOnChannel* channel) noexcept {
  int fds[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
                 fds) != 0) {
    return -errno;
  }
  channel->receive_fd = fds[0];
  channel->send_fd = fds[1];
  return 0;
}

int SendDescriptor(int send_fd, int fd, const HandOnFacts& facts) noexcept {
  char byte = facts.awaits_proxy_header ? 1 : 0;
  auto* announced = const_cast<sockaddr_storage*>(&facts.announced.storage);
  iovec pieces[] = {{&byte, 1}, {announced, facts.announced.length}};
  Control control{};
  msghdr message{};
  message.msg_iov = pieces;
  message.msg_iovlen = 2;
  message.msg_control = control.bytes;
  message.msg_controllen = sizeof control.bytes;
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof fd);
  memcpy(CMSG_DATA(header), &fd, sizeof fd);
  ssize_t sent;
  do {
    sent = sendmsg(send_fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  } while (sent < 0 && errno == EINTR);
  return sent < 0 ? -errno : 0;
}

int ReceiveDescriptor(int receive_fd, HandOnFacts* facts) noexcept {
  char byte;
  iovec pieces[] = {{&byte, 1},
                    {&facts->announced.storage, sizeof(sockaddr_storage)}};
  Control control{};
  msghdr message{};
  message.msg_iov = pieces;
  message.msg_iovlen = 2;
  message.msg_control = control.bytes;
  message.msg_controllen = sizeof control.bytes;
  const ssize_t count =
      recvmsg(receive_fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (count < 0) return -1;
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (count == 0) {
    errno = EPIPE;
    return -1;
  }
  if (header == nullptr || header->cmsg_type != SCM_RIGHTS) {
    // This process is out of descriptors, and the kernel has dropped the one in
    // the message.
    errno = EMFILE;
    return -1;
  }
  facts->awaits_proxy_header = byte == 1;
  facts->announced.length = static_cast<socklen_t>(
      std::min<size_t>(static_cast<size_t>(count) - 1,
                       sizeof(sockaddr_storage)));
  int fd;
  memcpy(&fd, CMSG_DATA(header), sizeof fd);
  return fd;
}

}  // namespace gudeg::transport
