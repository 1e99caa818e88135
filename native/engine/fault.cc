#include "fault.h"

namespace gudeg::engine {

const FaultInfo kFaults[static_cast<size_t>(Fault::kCount)] = {
    {"None", 0, "no fault"},
#define X(id, status, text) {#id, status, text},
    GUDEG_FAULTS(X)
#undef X
};

}  // namespace gudeg::engine
