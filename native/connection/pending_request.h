// What a connection keeps on the heap while a message is incomplete or its
// answer is not given at once. Idle connections have none.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "../engine/body_decoder.h"
#include "../engine/head_parser.h"
#include "../transport/file_sender.h"

namespace gudeg::connection {

// A head of which not all bytes have come.
struct PartialHead {
  engine::RequestHeadParser parser;
  std::vector<engine::FieldSlice> fields;
};

// A file on its way out as (a part of) a body.
struct FileTransfer {
  transport::FileSender* sender = nullptr;
  int64_t offset = 0;
  uint64_t left = 0;
  bool socket_full = false;  // waits for the socket to become writable

  FileTransfer() = default;
  FileTransfer(const FileTransfer&) = delete;
  FileTransfer& operator=(const FileTransfer&) = delete;
  ~FileTransfer() {
    if (sender != nullptr) sender->Release();
  }
};

struct PendingRequest {
  std::unique_ptr<PartialHead> partial;
  engine::BodyDecoder decoder;
  uint64_t body_deadline_ms = 0;  // loop time
  uint64_t drained_bytes = 0;
  uint32_t idle_timeout_ms = 0;  // once taken over
  // The head of the running request: field slices, then head bytes.
  std::unique_ptr<uint8_t[]> saved_head;
  uint32_t saved_head_bytes = 0;
  uint16_t saved_field_count = 0;
  std::unique_ptr<FileTransfer> file;
};

}  // namespace gudeg::connection
