// The segment reader on any bytes: the input is one segment file.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "bus/log/records.h"
#include "bus/log/segment_reader.h"

namespace {

using namespace simpul;

class BytesFile final : public File {
 public:
  explicit BytesFile(std::string_view bytes) : bytes_(bytes) {}
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> out) override {
    if (offset >= bytes_.size()) return std::size_t{0};
    auto size = std::min<std::size_t>(out.size(), bytes_.size() - offset);
    std::memcpy(out.data(), bytes_.data() + offset, size);
    return size;
  }
  Result<void> write_at(std::uint64_t, std::span<const std::byte>) override { return refused(); }
  Result<void> sync() override { return refused(); }
  Result<void> preallocate(std::uint64_t) override { return refused(); }
  Result<void> truncate(std::uint64_t) override { return refused(); }
  Result<std::uint64_t> size() override { return bytes_.size(); }

 private:
  static std::unexpected<Problem> refused() { return fail("disk.denied", "this file is only read"); }
  std::string_view bytes_;
};

// A disk with one segment on it.
class BytesDisk final : public Disk {
 public:
  explicit BytesDisk(std::string_view bytes) : bytes_(bytes) {}
  Result<std::unique_ptr<File>> open(const std::string&, OpenMode) override {
    return std::make_unique<BytesFile>(bytes_);
  }
  Result<std::vector<std::string>> list(const std::string&) override {
    return std::vector<std::string>{segment::file_name(0)};
  }
  bool exists(const std::string&) override { return true; }
  Result<void> rename(const std::string&, const std::string&) override { return refused(); }
  Result<void> remove(const std::string&) override { return refused(); }
  Result<void> make_folder(const std::string&) override { return refused(); }
  Result<void> sync_folder(const std::string&) override { return refused(); }
  Result<std::uint64_t> free_bytes(const std::string&) override { return std::uint64_t{0}; }
  Result<std::unique_ptr<DiskLock>> lock(const std::string&) override { return refused(); }
  Result<std::string> read_whole(const std::string&, std::uint64_t) override { return refused(); }
  Result<void> write_whole(const std::string&, std::string_view, bool) override { return refused(); }

 private:
  static std::unexpected<Problem> refused() { return fail("disk.denied", "this disk is only read"); }
  std::string_view bytes_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  BytesDisk disk({reinterpret_cast<const char*>(data), size});
  Environment environment{nullptr, nullptr, &disk};
  auto reader = read_segment_log("log", 0, environment);
  if (!reader) return 0;
  Position least = 0;
  while (true) {
    auto record = (*reader)->next();
    if (!record) continue;  // damage is told once for each place
    if (!*record) break;
    SIMPUL_ASSERT((*record)->position >= least);
    least = (*record)->position + 1;
    (void)decode_event((*record)->body);
    (void)decode_receipts((*record)->body);
  }
  (*reader)->seek(least / 2);
  for (int i = 0; i < 3; ++i) (void)(*reader)->next();
  return 0;
}
