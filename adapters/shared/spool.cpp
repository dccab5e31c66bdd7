#include "adapters/shared/spool.h"

#include <cerrno>
#include <cstdint>
#include <cstring>

namespace simpul {

namespace {

void append_number(std::string& out, std::uint32_t value) {
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  out.append(bytes, sizeof value);
}

}  // namespace

Result<void> Spool::add(const std::vector<std::string_view>& fields) {
  append_number(memory_, static_cast<std::uint32_t>(fields.size()));
  for (auto field : fields) {
    append_number(memory_, static_cast<std::uint32_t>(field.size()));
    memory_.append(field);
  }
  ++size_;
  if (memory_.size() > memory_limit_) return flush();
  return {};
}

Result<void> Spool::flush() {
  if (!file_) file_.reset(std::tmpfile());
  if (!file_ || std::fwrite(memory_.data(), 1, memory_.size(), file_.get()) != memory_.size())
    return fail("spool.failed", std::string("cannot keep what was found in a temporary file: ") + std::strerror(errno),
                "make room in the folder for temporary files (TMPDIR or /tmp)");
  memory_.clear();
  return {};
}

Result<void> Spool::rewind() {
  at_ = 0;
  if (!file_) return {};
  if (!memory_.empty())
    if (auto flushed = flush(); !flushed) return flushed;
  if (std::fflush(file_.get()) != 0 || std::fseek(file_.get(), 0, SEEK_SET) != 0)
    return fail("spool.failed", std::string("cannot write the temporary file: ") + std::strerror(errno),
                "make room in /tmp");
  return {};
}

bool Spool::read(char* out, std::size_t size) {
  if (file_) return std::fread(out, 1, size, file_.get()) == size;
  if (memory_.size() - at_ < size) return false;
  std::memcpy(out, memory_.data() + at_, size);
  at_ += size;
  return true;
}

Result<bool> Spool::next(std::vector<std::string>& fields) {
  std::uint32_t count = 0;
  if (!read(reinterpret_cast<char*>(&count), sizeof count)) return false;
  fields.resize(count);
  for (auto& field : fields) {
    std::uint32_t size = 0;
    if (!read(reinterpret_cast<char*>(&size), sizeof size))
      return fail("spool.failed", "the temporary file ends early", "make room in /tmp");
    field.resize(size);
    if (!read(field.data(), size)) return fail("spool.failed", "the temporary file ends early", "make room in /tmp");
  }
  return true;
}

}  // namespace simpul
