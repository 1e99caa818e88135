{
  'includes': ['engine/sources.gypi'],
  'variables': {
    'asan%': 0,
  },
  'target_defaults': {
    'cflags_cc!': ['-std=gnu++17', '-std=gnu++20', '-fno-rtti'],
    'cflags_cc': [
      '-std=c++20', '-fno-exceptions', '-Wall', '-Wextra', '-Wconversion',
      '-fvisibility=hidden', '-fvisibility-inlines-hidden',
    ],
    'xcode_settings': {
      'CLANG_CXX_LANGUAGE_STANDARD': 'c++20',
      'GCC_SYMBOLS_PRIVATE_EXTERN': 'YES',
      'MACOSX_DEPLOYMENT_TARGET': '11.0',
    },
    'configurations': {
      'Release': {
        'cflags': ['-O3', '-fno-plt', '-flto=auto'],
        'ldflags': ['-O3', '-flto=auto'],
        'defines': ['NDEBUG'],
      },
      'Debug': {
        'cflags': ['-O1', '-g', '-fno-omit-frame-pointer'],
      },
    },
    'conditions': [
      ['asan==1', {
        'cflags': ['-fsanitize=address,undefined', '-fno-sanitize-recover=undefined'],
        'ldflags': ['-fsanitize=address,undefined'],
      }],
    ],
  },
  'targets': [
    {
      'target_name': 'http_engine',
      'sources': [
        '<@(engine_sources)',
        'transport/acceptor.cc',
        'transport/file_sender.cc',
        'transport/listening_socket.cc',
        'transport/socket_address.cc',
        'transport/stream.cc',
        'transport/ticker.cc',
        'transport/timeout_wheel.cc',
        'connection/answer_head.cc',
        'connection/exchange.cc',
        'connection/input_buffer.cc',
        'connection/message_deflater.cc',
        'connection/message_inflater.cc',
        'connection/output_buffer.cc',
        'connection/server.cc',
        'connection/server_connection.cc',
        'connection/server_connection_answer.cc',
        'connection/server_connection_body.cc',
        'connection/server_connection_input.cc',
        'connection/server_connection_output.cc',
        'connection/server_connection_raw.cc',
        'connection/server_connection_websocket.cc',
        'connection/status_lines.cc',
        'connection/target_table.cc',
        'connection/websocket_receiver.cc',
        'connection/websocket_sender.cc',
        'connection/websocket_workspace.cc',
        'connection/zlib_functions.cc',
        'binding/addon.cc',
        'binding/connection_functions.cc',
        'binding/environment.cc',
        'binding/server_functions.cc',
        'binding/websocket_codec.cc',
        'binding/websocket_functions.cc',
        'binding/websocket_values.cc',
      ],
      'include_dirs': ["<!@(node -p \"require('node-addon-api').include_dir\")"],
      'defines': [
        'NAPI_VERSION=9',
        'NODE_ADDON_API_DISABLE_CPP_EXCEPTIONS',
        'NODE_ADDON_API_DISABLE_DEPRECATED',
        'NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS',
        'NODE_API_NO_EXTERNAL_BUFFERS_ALLOWED',
      ],
      'conditions': [
        ['OS=="linux"', {
          # nodelete: a worker thread's exit must not unload code that the main
          # thread still runs.
          'ldflags': ['-Wl,-z,nodelete', '-Wl,-Bsymbolic', '-Wl,--exclude-libs,ALL'],
        }],
      ],
    },
  ],
}
