{
  "variables": { "asan%": 0 },
  "targets": [
    {
      # Built against v8.h, so one binary serves one major version of Node.
      "target_name": "green_stack",
      "sources": [
        "addon.cc",
        "baton.cc",
        "child_starter.cc",
        "context_swap.cc",
        "descriptor_poll.cc",
        "stack_set.cc",
        "start_child.cc"
      ],
      "cflags_cc!": ["-std=gnu++17", "-std=gnu++1y"],
      "cflags_cc": [
        "-std=c++20",
        "-Wall",
        "-Wextra",
        "-fvisibility=hidden",
        "-Wno-unused-parameter",
        "-Wno-cast-function-type"
      ],
      "conditions": [
        ["asan==1", {
          "cflags": ["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"],
          "ldflags": ["-fsanitize=address,undefined"]
        }],
        ["OS=='linux'", {
          "ldflags": ["-Wl,-z,nodelete", "-Wl,-Bsymbolic", "-Wl,--exclude-libs,ALL"]
        }],
        ["OS=='mac'", {
          "xcode_settings": {
            "CLANG_CXX_LANGUAGE_STANDARD": "c++20",
            "MACOSX_DEPLOYMENT_TARGET": "11.0",
            "GCC_SYMBOLS_PRIVATE_EXTERN": "YES"
          }
        }],
        ["OS=='win'", {
          "msvs_settings": { "VCCLCompilerTool": { "AdditionalOptions": ["/std:c++20"] } }
        }]
      ]
    }
  ]
}
