// Request targets that come again and again cross into JavaScript as an index
// of a table that both sides keep.
#pragma once

#include <cstddef>
#include <cstdint>

#include "records.h"

namespace gudeg::connection {

class TargetTable {
 public:
  static constexpr uint32_t kEntries = 512;
  static constexpr uint32_t kMaxBytes = 60;

  // The index of `target`; with kTargetRefresh when JavaScript must (re)read
  // it; -1 when it isn't in the table. A target gets in when it is met twice
  // in a row at its place, so that unique targets don't churn the table.
  int32_t Find(const uint8_t* target, size_t size) noexcept;

 private:
  struct Entry {
    uint32_t last_hash = 0;
    uint8_t size = 0;
    uint8_t bytes[kMaxBytes];
  };
  Entry entries_[kEntries];
};

}  // namespace gudeg::connection
