#include "context_swap.h"

#include <cstdint>
#include <cstdlib>
#include <cstring>

#if defined(__linux__) && defined(__x86_64__) && !defined(__ILP32__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) &&  \
    !defined(__CET__)
#define GUDEG_CONTEXT_SWAP 1
#include <sys/auxv.h>
#else
#define GUDEG_CONTEXT_SWAP 0
#endif

namespace gudeg::stack {

#if GUDEG_CONTEXT_SWAP

// The System V ABI's callee-saved state: six registers and the two floating
// point control words. `wrfsbase` sets the thread pointer; nothing between it
// and the return may touch thread-local storage.
asm(R"(
.text
.p2align 4
.type gudeg_swap_context, @function
gudeg_swap_context:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  subq $8, %rsp
  stmxcsr (%rsp)
  fnstcw 4(%rsp)
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  wrfsbase %rdx
  ldmxcsr (%rsp)
  fldcw 4(%rsp)
  addq $8, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size gudeg_swap_context, .-gudeg_swap_context

.p2align 4
.type gudeg_start_context, @function
gudeg_start_context:
  .cfi_startproc
  .cfi_undefined rip
  movq %r12, %rdi
  callq *%r13
  ud2
  .cfi_endproc
.size gudeg_start_context, .-gudeg_start_context
)");

extern "C" {
__attribute__((visibility("hidden"))) void gudeg_swap_context(void** save,
                                                              void* sp,
                                                              void* tp);
__attribute__((visibility("hidden"))) void gudeg_start_context();
}

bool ContextSwapSupported() noexcept {
  constexpr unsigned long kHwcap2FsGsBase = 1UL << 1;
  const char* choice = std::getenv("GUDEG_GREEN_SWITCH");
  if (choice != nullptr && std::strcmp(choice, "thread") == 0) return false;
  return (getauxval(AT_HWCAP2) & kHwcap2FsGsBase) != 0;
}

void* ThreadPointer() noexcept {
  void* self;
  asm("movq %%fs:0, %0" : "=r"(self));
  return self;
}

void* PrepareContext(void* stack_top, void (*entry)(void*),
                     void* argument) noexcept {
  // At a function's first instruction the stack is 8 off a multiple of 16:
  // gudeg_start_context is entered by a return, so 16-aligned, and its call
  // makes it right for `entry`.
  auto top = reinterpret_cast<uintptr_t>(stack_top) & ~uintptr_t{15};
  auto* slot = reinterpret_cast<uintptr_t*>(top);
  *--slot = reinterpret_cast<uintptr_t>(&gudeg_start_context);
  *--slot = 0;                                      // rbp
  *--slot = 0;                                      // rbx
  *--slot = reinterpret_cast<uintptr_t>(argument);  // r12
  *--slot = reinterpret_cast<uintptr_t>(entry);     // r13
  *--slot = 0;                                      // r14
  *--slot = 0;                                      // r15
  --slot;
  auto* control = reinterpret_cast<unsigned char*>(slot);
  asm volatile("stmxcsr (%0)\n fnstcw 4(%0)" : : "r"(control) : "memory");
  return slot;
}

void SwapContext(void** save, void* stack_pointer,
                 void* thread_pointer) noexcept {
  gudeg_swap_context(save, stack_pointer, thread_pointer);
}

#else

bool ContextSwapSupported() noexcept { return false; }
void* ThreadPointer() noexcept { return nullptr; }
void* PrepareContext(void*, void (*)(void*), void*) noexcept { return nullptr; }
void SwapContext(void**, void*, void*) noexcept { std::abort(); }

#endif

}  // namespace gudeg::stack
