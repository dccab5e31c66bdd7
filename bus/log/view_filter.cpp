#include "bus/log/view_filter.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace simpul::view_db {
namespace {

constexpr std::string_view magic = "SIMPFIL1";
constexpr std::size_t header_bytes = 64;
constexpr unsigned bits_per_identity = 12, bits_set = 6;

// Blocks are fewer than 2^32.
std::uint64_t block_of(const Hash128& identity, std::uint64_t blocks) {
  return ((identity.low() >> 32) * blocks) >> 32;
}

// The identity is a keyed hash: its bits are as good as any.
template <class Each>
bool each_bit(const Hash128& identity, Each each) {
  auto bits = identity.high();
  for (unsigned i = 0; i < bits_set; ++i, bits >>= 9)
    if (!each((bits & 511) / 64, std::uint64_t{1} << (bits & 63))) return false;
  return true;
}

}  // namespace

Filter::Filter(std::uint64_t capacity)
    : capacity_(std::max<std::uint64_t>(capacity, 1024)),
      blocks_(capacity_ * bits_per_identity / 512 + 1),
      own_(blocks_ * block_words),
      words_(own_.data()) {}

Filter::~Filter() {
  if (mapping_) munmap(mapping_, mapping_bytes_);
}

void Filter::add(const Hash128& identity) {
  auto* block = own_.data() + block_of(identity, blocks_) * block_words;
  each_bit(identity, [&](std::size_t word, std::uint64_t bit) {
    block[word].store(block[word].load(std::memory_order_relaxed) | bit, std::memory_order_relaxed);
    return true;
  });
  ++count_;
}

bool Filter::maybe(const Hash128& identity) const {
  const auto* block = words_ + block_of(identity, blocks_) * block_words;
  return each_bit(identity, [&](std::size_t word, std::uint64_t bit) {
    return (block[word].load(std::memory_order_relaxed) & bit) != 0;
  });
}

std::string Filter::to_file() const {
  std::string file(header_bytes + blocks_ * block_words * 8, '\0');
  std::memcpy(file.data(), magic.data(), magic.size());
  std::memcpy(file.data() + 8, &count_, 8);
  std::memcpy(file.data() + 16, &blocks_, 8);
  std::memcpy(file.data() + header_bytes, words_, file.size() - header_bytes);
  std::uint64_t crc = crc32c(std::string_view(file).substr(header_bytes), crc32c({file.data(), 24}));
  std::memcpy(file.data() + 24, &crc, 8);
  return file;
}

std::shared_ptr<Filter> Filter::map(const std::string& path) {
  int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return nullptr;
  struct stat facts{};
  std::shared_ptr<Filter> filter(new Filter());
  if (fstat(descriptor, &facts) == 0 && facts.st_size > static_cast<off_t>(header_bytes)) {
    filter->mapping_bytes_ = static_cast<std::size_t>(facts.st_size);
    auto* at = mmap(nullptr, filter->mapping_bytes_, PROT_READ, MAP_SHARED, descriptor, 0);
    if (at != MAP_FAILED) filter->mapping_ = at;
  }
  ::close(descriptor);
  if (!filter->mapping_) return nullptr;
  std::string_view file(static_cast<const char*>(filter->mapping_), filter->mapping_bytes_);
  std::uint64_t crc = 0;
  std::memcpy(&filter->count_, file.data() + 8, 8);
  std::memcpy(&filter->blocks_, file.data() + 16, 8);
  std::memcpy(&crc, file.data() + 24, 8);
  if (!file.starts_with(magic) || filter->blocks_ == 0 || filter->blocks_ != (file.size() - header_bytes) / 64 ||
      file.size() % 64 != 0 || crc != crc32c(file.substr(header_bytes), crc32c(file.substr(0, 24))))
    return nullptr;
  filter->words_ = reinterpret_cast<const Word*>(file.data() + header_bytes);
  return filter;
}

}  // namespace simpul::view_db
