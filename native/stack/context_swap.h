#ifndef GUDEG_STACK_CONTEXT_SWAP_H_
#define GUDEG_STACK_CONTEXT_SWAP_H_

namespace gudeg::stack {

// Moves one kernel thread from the stack and the thread-local storage of one
// thread to those of another, without asking the kernel.
//
// A thread is, for everything in user space (V8's and the C library's idea of
// "the current thread" included), its stack and its thread pointer. A switch
// through the scheduler costs two system calls and, between two cores, an
// inter-processor interrupt; this costs a dozen instructions.

// Whether this processor, system and build can do it. GUDEG_GREEN_SWITCH
// set to `thread` says no.
bool ContextSwapSupported() noexcept;

// The thread pointer of the calling thread.
void* ThreadPointer() noexcept;

// Lays out the first frame on a fresh stack. Gives the stack pointer to swap
// to; `entry(argument)` runs then and must never return.
void* PrepareContext(void* stack_top, void (*entry)(void*),
                     void* argument) noexcept;

// Saves the running context in *save and continues the other one.
void SwapContext(void** save, void* stack_pointer,
                 void* thread_pointer) noexcept;

}  // namespace gudeg::stack

#endif  // GUDEG_STACK_CONTEXT_SWAP_H_
