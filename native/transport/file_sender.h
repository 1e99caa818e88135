// Sends parts of a file to a socket with sendfile(2) on libuv's thread pool,
// so that a cold page cache never blocks the loop. Not with uv_fs_sendfile():
// to a socket that emulates sendfile(2), and a full socket then holds a thread
// of the pool until its peer reads. Without a socket, it reads the parts, for
// an owner that encrypts them.
#pragma once

#include <uv.h>

#include <cstddef>
#include <cstdint>
#include <memory>

namespace gudeg::transport {

// The transfers of one loop that are on the thread pool now: the loop can't
// be closed before they are over.
struct RunningTransfers {
  size_t count = 0;
  // Called whenever the last one is over.
  void (*on_none)(void* context) = nullptr;
  void* context = nullptr;
};

class FileSender {
 public:
  class Owner {
   public:
    // `sent` bytes of the last Send() have left, or lie at bytes(), perhaps
    // fewer than asked for;
    // -EAGAIN = the socket is full; 0 = the file is at its end; other negative
    // values are errnos.
    virtual void OnFileProgress(int64_t sent) noexcept = 0;

   protected:
    ~Owner() = default;
  };

  // The most that one Send() asks the kernel for.
  static constexpr uint64_t kSliceBytes = 1024 * 1024;

  // The same, where the parts are read into memory.
  static constexpr uint64_t kReadBytes = 128 * 1024;
  static constexpr int kNoSocket = -1;

  // Works on duplicates of both descriptors, so the caller may close its own
  // at any time. Null when descriptors or memory are out.
  static FileSender* Open(uv_loop_t* loop, RunningTransfers* running,
                          int socket, int file, Owner* owner) noexcept;
  void Send(int64_t offset, uint64_t length) noexcept;
  // What was read; good until the next Send().
  const uint8_t* bytes() const noexcept { return bytes_.get(); }
  // Deletes this, at once or when the running transfer is over; the owner
  // hears no more.
  void Release() noexcept;

 private:
  FileSender() = default;
  ~FileSender();
  static void Transfer(uv_work_t* work);
  static void OnSent(uv_work_t* work, int status);

  uv_loop_t* loop_ = nullptr;
  RunningTransfers* running_ = nullptr;
  uv_work_t work_{};
  int64_t offset_ = 0;
  size_t length_ = 0;
  int64_t result_ = 0;
  std::unique_ptr<uint8_t[]> bytes_;  // instead of a socket
  int socket_ = -1;
  int file_ = -1;
  bool busy_ = false;
  Owner* owner_ = nullptr;
};

}  // namespace gudeg::transport
