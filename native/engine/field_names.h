// Well-known field names as small integers, so that a name crosses into
// JavaScript as a number. JavaScript receives the same list, in order.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gudeg::engine {

// X(identifier, "lower-case name"). The first eleven steer the protocol.
// clang-format off
#define GUDEG_FIELD_NAMES(X)                                     \
  X(Host, "host")                                                \
  X(ContentLength, "content-length")                             \
  X(TransferEncoding, "transfer-encoding")                       \
  X(Connection, "connection")                                    \
  X(Expect, "expect")                                            \
  X(Upgrade, "upgrade")                                          \
  X(Te, "te")                                                    \
  X(Trailer, "trailer")                                          \
  X(Range, "range")                                              \
  X(ContentRange, "content-range")                               \
  X(KeepAlive, "keep-alive")                                     \
  X(Accept, "accept")                                            \
  X(AcceptCharset, "accept-charset")                             \
  X(AcceptEncoding, "accept-encoding")                           \
  X(AcceptLanguage, "accept-language")                           \
  X(AcceptRanges, "accept-ranges")                               \
  X(AccessControlAllowCredentials, "access-control-allow-credentials") \
  X(AccessControlAllowHeaders, "access-control-allow-headers")   \
  X(AccessControlAllowMethods, "access-control-allow-methods")   \
  X(AccessControlAllowOrigin, "access-control-allow-origin")     \
  X(AccessControlExposeHeaders, "access-control-expose-headers") \
  X(AccessControlMaxAge, "access-control-max-age")               \
  X(AccessControlRequestHeaders, "access-control-request-headers") \
  X(AccessControlRequestMethod, "access-control-request-method") \
  X(Age, "age")                                                  \
  X(Allow, "allow")                                              \
  X(AltSvc, "alt-svc")                                           \
  X(Authorization, "authorization")                              \
  X(CacheControl, "cache-control")                               \
  X(ContentDisposition, "content-disposition")                   \
  X(ContentEncoding, "content-encoding")                         \
  X(ContentLanguage, "content-language")                         \
  X(ContentLocation, "content-location")                         \
  X(ContentSecurityPolicy, "content-security-policy")            \
  X(ContentType, "content-type")                                 \
  X(Cookie, "cookie")                                            \
  X(Date, "date")                                                \
  X(Dnt, "dnt")                                                  \
  X(Early, "early-data")                                         \
  X(ETag, "etag")                                                \
  X(Expires, "expires")                                          \
  X(Forwarded, "forwarded")                                      \
  X(From, "from")                                                \
  X(IfMatch, "if-match")                                         \
  X(IfModifiedSince, "if-modified-since")                        \
  X(IfNoneMatch, "if-none-match")                                \
  X(IfRange, "if-range")                                         \
  X(IfUnmodifiedSince, "if-unmodified-since")                    \
  X(LastModified, "last-modified")                               \
  X(Link, "link")                                                \
  X(Location, "location")                                        \
  X(MaxForwards, "max-forwards")                                 \
  X(Origin, "origin")                                            \
  X(Pragma, "pragma")                                            \
  X(Priority, "priority")                                        \
  X(ProxyAuthenticate, "proxy-authenticate")                     \
  X(ProxyAuthorization, "proxy-authorization")                   \
  X(Referer, "referer")                                          \
  X(RetryAfter, "retry-after")                                   \
  X(SecChUa, "sec-ch-ua")                                        \
  X(SecChUaMobile, "sec-ch-ua-mobile")                           \
  X(SecChUaPlatform, "sec-ch-ua-platform")                       \
  X(SecFetchDest, "sec-fetch-dest")                              \
  X(SecFetchMode, "sec-fetch-mode")                              \
  X(SecFetchSite, "sec-fetch-site")                              \
  X(SecFetchUser, "sec-fetch-user")                              \
  X(SecGpc, "sec-gpc")                                           \
  X(SecWebSocketAccept, "sec-websocket-accept")                  \
  X(SecWebSocketExtensions, "sec-websocket-extensions")          \
  X(SecWebSocketKey, "sec-websocket-key")                        \
  X(SecWebSocketProtocol, "sec-websocket-protocol")              \
  X(SecWebSocketVersion, "sec-websocket-version")                \
  X(Server, "server")                                            \
  X(SetCookie, "set-cookie")                                     \
  X(StrictTransportSecurity, "strict-transport-security")        \
  X(TraceParent, "traceparent")                                  \
  X(TraceState, "tracestate")                                    \
  X(UpgradeInsecureRequests, "upgrade-insecure-requests")        \
  X(UserAgent, "user-agent")                                     \
  X(Vary, "vary")                                                \
  X(Via, "via")                                                  \
  X(WwwAuthenticate, "www-authenticate")                         \
  X(XContentTypeOptions, "x-content-type-options")               \
  X(XForwardedFor, "x-forwarded-for")                            \
  X(XForwardedHost, "x-forwarded-host")                          \
  X(XForwardedProto, "x-forwarded-proto")                        \
  X(XFrameOptions, "x-frame-options")                            \
  X(XRealIp, "x-real-ip")                                        \
  X(XRequestId, "x-request-id")                                  \
  X(XRequestedWith, "x-requested-with")
// clang-format on

enum class KnownField : uint16_t {
  kUnknown = 0,
#define X(id, name) k##id,
  GUDEG_FIELD_NAMES(X)
#undef X
      kCount
};

// Lower-case names by number; index 0 is the empty string.
extern const char* const kFieldNames[static_cast<size_t>(KnownField::kCount)];

// The number of a field name, in any case; kUnknown when not in the list.
KnownField LookupFieldName(const uint8_t* name, size_t size) noexcept;

}  // namespace gudeg::engine
