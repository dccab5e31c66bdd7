#include "bus/schema/uri.h"

#include <algorithm>
#include <charconv>

namespace simpul {
namespace {

struct Parts {
  std::string_view scheme, authority, path, query, fragment;  // with their delimiters, so that empty means absent
};

Parts split(std::string_view uri) {
  Parts parts;
  if (auto hash = uri.find('#'); hash != uri.npos) {
    parts.fragment = uri.substr(hash);
    uri = uri.substr(0, hash);
  }
  if (auto mark = uri.find('?'); mark != uri.npos) {
    parts.query = uri.substr(mark);
    uri = uri.substr(0, mark);
  }
  if (auto stop = uri.find_first_of(":/"); stop != uri.npos && uri[stop] == ':') {
    parts.scheme = uri.substr(0, stop + 1);
    uri.remove_prefix(stop + 1);
  }
  if (uri.starts_with("//")) {
    parts.authority = uri.substr(0, uri.find('/', 2));
    uri.remove_prefix(parts.authority.size());
  }
  parts.path = uri;
  return parts;
}

// §5.2.4
std::string without_dots(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    if (path.starts_with("../")) {
      path.remove_prefix(3);
    } else if (path.starts_with("./")) {
      path.remove_prefix(2);
    } else if (path.starts_with("/./") || path == "/.") {
      path = path.size() == 2 ? std::string_view("/") : path.substr(2);
    } else if (path.starts_with("/../") || path == "/..") {
      path = path.size() == 3 ? std::string_view("/") : path.substr(3);
      out.resize(out.rfind('/') == out.npos ? 0 : out.rfind('/'));
    } else if (path == "." || path == "..") {
      path = {};
    } else {
      auto end = std::min(path.find('/', 1), path.size());
      out += path.substr(0, end);
      path.remove_prefix(end);
    }
  }
  return out;
}

std::string join(std::string_view scheme, std::string_view authority, std::string_view path, std::string_view query,
                 std::string_view fragment) {
  std::string out(scheme);
  out += authority;
  out += path;
  out += query;
  out += fragment;
  return out;
}

}  // namespace

std::string resolve_uri(std::string_view base_uri, std::string_view reference) {
  auto base = split(base_uri), ref = split(reference);
  if (!ref.scheme.empty()) return join(ref.scheme, ref.authority, without_dots(ref.path), ref.query, ref.fragment);
  if (!ref.authority.empty()) return join(base.scheme, ref.authority, without_dots(ref.path), ref.query, ref.fragment);
  if (ref.path.empty()) {
    return join(base.scheme, base.authority, base.path, ref.query.empty() ? base.query : ref.query, ref.fragment);
  }
  if (ref.path.front() == '/')
    return join(base.scheme, base.authority, without_dots(ref.path), ref.query, ref.fragment);
  std::string merged;
  if (!base.authority.empty() && base.path.empty()) {
    merged = "/";
  } else if (auto slash = base.path.rfind('/'); slash != base.path.npos) {
    merged = base.path.substr(0, slash + 1);
  }
  merged += ref.path;
  return join(base.scheme, base.authority, without_dots(merged), ref.query, ref.fragment);
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    unsigned value = 0;
    if (i + 2 >= text.size()) return std::nullopt;
    auto [end, error] = std::from_chars(text.data() + i + 1, text.data() + i + 3, value, 16);
    if (error != std::errc() || end != text.data() + i + 3) return std::nullopt;
    out += static_cast<char>(value);
    i += 2;
  }
  return out;
}

}  // namespace simpul
