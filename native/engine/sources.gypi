{
  'variables': {
    'engine_sources': [
      'engine/body_decoder.cc',
      'engine/chunk_line.cc',
      'engine/degu_fields.cc',
      'engine/degu_head.cc',
      'engine/degu_start_line.cc',
      'engine/fault.cc',
      'engine/field_names.cc',
      'engine/field_rules.cc',
      'engine/head_parser.cc',
      'engine/methods.cc',
      'engine/numbers.cc',
      'engine/scan_path.cc',
      'engine/serializer.cc',
      'engine/start_line.cc',
      'engine/target.cc',
    ],
  },
}
