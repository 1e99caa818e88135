// Functions on contexts of TLS: create, name, and what they say of failures.

#include "tls_functions.h"

#include <string>
#include <string_view>

#include "arguments.h"

namespace gudeg::binding {

using transport::TlsChannel;
using transport::TlsClientAuth;
using transport::TlsContext;
using transport::TlsDetails;
using transport::TlsIdentity;
using transport::TlsOptions;

namespace {

using Handle = std::shared_ptr<TlsContext>;

std::string_view TextOf(const Napi::Value& value) {
  const Bytes bytes = BytesOf(value);
  return {reinterpret_cast<const char*>(bytes.data), bytes.size};
}

// The SSL_CTX of a context of Node's, by its address; null for 0. Node-API knows
// no externals but its own.
SSL_CTX* SourceOf(const Napi::Value& value) {
  return reinterpret_cast<SSL_CTX*>(static_cast<uintptr_t>(Natural(value)));
}

// The views lie in memory of `given`.
TlsOptions ReadOptions(Napi::Object given) {
  TlsOptions options;
  options.is_server = Bool(given.Get("isServer"));
  options.prefers_own_ciphers = Bool(given.Get("preferServerCiphers"));
  const int32_t auth = Int(given.Get("clientAuth"));
  options.client_auth = auth == 2   ? TlsClientAuth::kRequire
                        : auth == 1 ? TlsClientAuth::kRequest
                                    : TlsClientAuth::kNone;
  options.verifies_server = Bool(given.Get("verifiesServer"));
  options.min_version = Int(given.Get("minVersion"));
  options.max_version = Int(given.Get("maxVersion"));
  options.ca = TextOf(given.Get("ca"));
  options.ciphers = Latin1(given.Get("ciphers"));
  options.cipher_suites = Latin1(given.Get("cipherSuites"));
  options.curves = Latin1(given.Get("curves"));
  options.signature_algorithms = Latin1(given.Get("signatureAlgorithms"));
  options.alpn = TextOf(given.Get("alpn"));
  options.session_id_context = TextOf(given.Get("sessionIdContext"));
  options.ticket_secret = TextOf(given.Get("ticketSecret"));
  options.ticket_lifetime_s =
      static_cast<uint32_t>(Natural(given.Get("ticketLifetimeS")));
  options.ocsp_response = TextOf(given.Get("ocspResponse"));
  options.key_log_fd = Int(given.Get("keyLogFd"));
  options.source = SourceOf(given.Get("source"));
  options.has_dh_groups = Bool(given.Get("hasDhGroups"));
  options.asks_for_context = Bool(given.Get("asksForContext"));
  options.keeps_key_log = Bool(given.Get("keepsKeyLog"));
  const auto identities = given.Get("identities").As<Napi::Array>();
  for (uint32_t i = 0; i < identities.Length(); i++) {
    const auto each = identities.Get(i).As<Napi::Object>();
    options.identities.push_back(
        {TextOf(each.Get("cert")), TextOf(each.Get("key"))});
  }
  return options;
}

// createTlsContext(options) -> a context, or "what: why" it can't be
Napi::Value CreateTlsContext(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  std::string problem;
  Handle context = TlsContext::Create(
      ReadOptions(info[0].As<Napi::Object>()), &problem);
  if (context == nullptr) return Napi::String::New(env, problem);
  return Napi::External<Handle>::New(
      env, new Handle(std::move(context)),
      [](Napi::BasicEnv, Handle* unused) { delete unused; });
}

// setTlsNames(context, names, contexts)
Napi::Value SetTlsNames(const Napi::CallbackInfo& info) {
  const Handle context = TlsContextOf(info[0]);
  const auto names = info[1].As<Napi::Array>();
  const auto contexts = info[2].As<Napi::Array>();
  for (uint32_t i = 0; context != nullptr && i < names.Length(); i++) {
    Handle named = TlsContextOf(contexts.Get(i));
    if (named != nullptr) {
      context->AddName(Latin1(names.Get(i)), std::move(named));
    }
  }
  return info.Env().Undefined();
}

// tlsReason(code) -> OpenSSL's words for an error; '' when it has none
Napi::Value TlsReason(const Napi::CallbackInfo& info) {
  const auto code = static_cast<uint32_t>(Int(info[0]));
  const char* text = transport::TlsLibraryVersion() == nullptr
                         ? nullptr
                         : transport::TlsReasonText(code);
  return Napi::String::New(info.Env(), text == nullptr ? "" : text);
}

// tlsVerifyReason(result) -> OpenSSL's words for what is wrong with a
// certificate
Napi::Value TlsVerifyReason(const Napi::CallbackInfo& info) {
  return Napi::String::New(info.Env(),
                           transport::TlsLibraryVersion() == nullptr
                               ? ""
                               : X509_verify_cert_error_string(Int(info[0])));
}

}  // namespace

std::shared_ptr<TlsContext> TlsContextOf(const Napi::Value& value) {
  void* data = nullptr;
  if (!value.IsExternal() ||
      napi_get_value_external(value.Env(), value, &data) != napi_ok) {
    return nullptr;
  }
  return *static_cast<Handle*>(data);
}

Napi::Value TlsInfoValue(Napi::Env env, const TlsChannel* channel) {
  if (channel == nullptr || !channel->is_established()) return env.Null();
  const TlsDetails details = channel->Details();
  Napi::Object value = Napi::Object::New(env);
  value.Set("protocol", details.protocol);
  value.Set("cipher", details.cipher);
  value.Set("standardCipher", details.standard_cipher);
  value.Set("cipherVersion", details.cipher_version);
  value.Set("alpn", details.alpn);
  value.Set("serverName", details.server_name);
  value.Set("isResumed", Napi::Boolean::New(env, details.is_resumed));
  value.Set("verifyResult", details.verify_result);
  Napi::Array chain = Napi::Array::New(env, details.chain.size());
  for (uint32_t i = 0; i < details.chain.size(); i++) {
    const std::string& der = details.chain[i];
    chain.Set(i, Napi::Buffer<char>::Copy(env, der.data(), der.size()));
  }
  value.Set("chain", chain);
  return value;
}

void ExportTlsFunctions(Napi::Env env, Napi::Object exports) {
  const char* version = transport::TlsLibraryVersion();
  exports.Set("tlsVersion", version == nullptr
                                ? env.Null()
                                : Napi::Value(Napi::String::New(env, version)));
  const auto add = [&](const char* name,
                       Napi::Value (*function)(const Napi::CallbackInfo&)) {
    exports.Set(name, Napi::Function::New(env, function, name));
  };
  add("createTlsContext", CreateTlsContext);
  add("setTlsNames", SetTlsNames);
  add("tlsReason", TlsReason);
  add("tlsVerifyReason", TlsVerifyReason);
}

}  // namespace gudeg::binding
