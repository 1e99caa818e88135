#include "websocket_fault.h"

namespace gudeg::engine {

const WebSocketFaultInfo
    kWebSocketFaults[static_cast<size_t>(WebSocketFault::kCount)] = {
        {"None", 1000, "no fault"},
#define X(id, code, text) {#id, code, text},
        GUDEG_WEBSOCKET_FAULTS(X)
#undef X
};

}  // namespace gudeg::engine
