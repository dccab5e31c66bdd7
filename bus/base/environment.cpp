#include "bus/base/environment.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <fmt/format.h>

namespace simpul {

namespace {

constexpr std::size_t direct_unit = 4096;

Nanoseconds read_clock(clockid_t id) {
  timespec now{};
  clock_gettime(id, &now);
  return static_cast<Nanoseconds>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

class SystemClock final : public Clock {
 public:
  Nanoseconds wall() const override { return read_clock(CLOCK_REALTIME); }
  Nanoseconds steady() const override { return read_clock(CLOCK_MONOTONIC); }
};

void fill_from_openssl(std::byte* out, std::size_t size) {
  // Without randomness there are no salts and no keys: going on would break promises silently.
  SIMPUL_ASSERT(RAND_bytes(reinterpret_cast<unsigned char*>(out), static_cast<int>(size)) == 1);
}

// OpenSSL's generator costs about a microsecond a call, so each thread draws a page at a time. Bytes that
// were handed out are wiped from the page.
struct RandomPage {
  std::array<std::byte, 4096> bytes;
  std::size_t used = sizeof bytes;

  ~RandomPage() { OPENSSL_cleanse(bytes.data(), bytes.size()); }
};

class SystemRandom final : public Random {
 public:
  void fill(std::span<std::byte> out) override {
    thread_local RandomPage page;
    if (out.size() > page.bytes.size() / 4) {
      for (std::size_t at = 0; at < out.size(); at += 1u << 20)
        fill_from_openssl(out.data() + at, std::min<std::size_t>(out.size() - at, 1u << 20));
      return;
    }
    if (page.bytes.size() - page.used < out.size()) {
      fill_from_openssl(page.bytes.data(), page.bytes.size());
      page.used = 0;
    }
    std::memcpy(out.data(), page.bytes.data() + page.used, out.size());
    std::memset(page.bytes.data() + page.used, 0, out.size());
    page.used += out.size();
  }
};

// SplitMix64 (Steele, Lea, Flood 2014): small, and every seed gives a stream of its own.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}

  void fill(std::span<std::byte> out) override {
    while (!out.empty()) {
      const std::uint64_t word = draw();
      const auto size = std::min(out.size(), sizeof word);
      std::memcpy(out.data(), &word, size);
      out = out.subspan(size);
    }
  }

 private:
  std::uint64_t draw() {
    std::uint64_t z = __atomic_add_fetch(&state_, 0x9E3779B97F4A7C15ull, __ATOMIC_RELAXED);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return z ^ (z >> 31);
  }

  std::uint64_t state_;
};

std::unexpected<Problem> disk_problem(int error, std::string_view doing, const std::string& path) {
  const auto message = fmt::format("{} {} failed: {}", doing, path, std::strerror(error));
  switch (error) {
    case ENOSPC:
    case EDQUOT:
      return fail("disk.full", message, "free space on this disk, or give the bus a larger one");
    case ENOENT:
    case ENOTDIR:
      return fail("disk.not_found", message, "check the path");
    case EACCES:
    case EPERM:
    case EROFS:
      return fail("disk.denied", message, "give the bus's user the right to it, or mount the disk writable");
    case EMFILE:
    case ENFILE:
      return fail("disk.failed", message, "raise the limit of open files (ulimit -n, or LimitNOFILE of the unit)");
    default:
      return fail("disk.failed", message, "look at the kernel's messages (dmesg) for this disk");
  }
}

template <class Call>
auto uninterrupted(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  int get() const { return fd_; }
  bool ok() const { return fd_ >= 0; }

 private:
  int fd_;
};

Descriptor open_path(const std::string& path, int flags, mode_t mode = 0) {
  return Descriptor(uninterrupted([&] { return ::open(path.c_str(), flags | O_CLOEXEC, mode); }));
}

class PosixFile final : public File {
 public:
  PosixFile(Descriptor descriptor, std::string path, bool direct)
      : descriptor_(std::move(descriptor)), path_(std::move(path)), direct_(direct) {}

  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> out) override {
    std::size_t done = 0;
    while (done < out.size()) {
      const auto got =
          ::pread(descriptor_.get(), out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
      if (got < 0) {
        if (errno == EINTR || leave_direct(offset + done, out.data() + done, out.size() - done)) continue;
        return disk_problem(errno, "reading", path_);
      }
      if (got == 0) break;
      done += static_cast<std::size_t>(got);
      // A short direct read is the end of the file; to ask again behind it would be misaligned.
      if (direct_.load(std::memory_order_relaxed) && done % direct_unit != 0) break;
    }
    return done;
  }

  Result<void> write_at(std::uint64_t offset, std::span<const std::byte> bytes) override {
    std::size_t done = 0;
    while (done < bytes.size()) {
      const auto put =
          ::pwrite(descriptor_.get(), bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done));
      if (put < 0) {
        if (errno == EINTR || leave_direct(offset + done, bytes.data() + done, bytes.size() - done)) continue;
        return disk_problem(errno, "writing", path_);
      }
      if (put == 0) return disk_problem(ENOSPC, "writing", path_);
      done += static_cast<std::size_t>(put);
    }
    return {};
  }

  Result<void> sync() override {
    if (uninterrupted([&] { return ::fdatasync(descriptor_.get()); }) != 0)
      return disk_problem(errno, "syncing", path_);
    return {};
  }

  Result<void> preallocate(std::uint64_t size) override {
    // posix_fallocate writes zeros where the file system cannot reserve.
    int error = EINTR;
    while (error == EINTR) error = ::posix_fallocate(descriptor_.get(), 0, static_cast<off_t>(size));
    if (error != 0) return disk_problem(error, "reserving space for", path_);
    return {};
  }

  Result<void> truncate(std::uint64_t size) override {
    if (uninterrupted([&] { return ::ftruncate(descriptor_.get(), static_cast<off_t>(size)); }) != 0)
      return disk_problem(errno, "truncating", path_);
    return {};
  }

  Result<std::uint64_t> size() override {
    struct stat status{};
    if (::fstat(descriptor_.get(), &status) != 0) return disk_problem(errno, "asking the size of", path_);
    return static_cast<std::uint64_t>(status.st_size);
  }

 private:
  // Some file systems take O_DIRECT when opening and refuse it when used. True when the call may be repeated.
  bool leave_direct(std::uint64_t offset, const void* memory, std::size_t size) {
    const auto misaligned = (offset | reinterpret_cast<std::uintptr_t>(memory) | size) % direct_unit;
    if (errno != EINVAL || misaligned != 0 || !direct_.load(std::memory_order_relaxed)) return false;
    const int flags = ::fcntl(descriptor_.get(), F_GETFL);
    if (flags < 0 || ::fcntl(descriptor_.get(), F_SETFL, flags & ~O_DIRECT) != 0) {
      errno = EINVAL;
      return false;
    }
    direct_.store(false, std::memory_order_relaxed);
    return true;
  }

  Descriptor descriptor_;
  std::string path_;
  std::atomic<bool> direct_;
};

class PosixLock final : public DiskLock {
 public:
  explicit PosixLock(Descriptor descriptor) : descriptor_(std::move(descriptor)) {}
  // The file stays: removing it would let two processes lock two files of one name.
  ~PosixLock() override { [[maybe_unused]] const int result = ::ftruncate(descriptor_.get(), 0); }

 private:
  Descriptor descriptor_;
};

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

class PosixDisk final : public Disk {
 public:
  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override {
    const int flags = mode == OpenMode::read ? O_RDONLY : O_RDWR | O_CREAT;
    bool direct = mode == OpenMode::write_direct;
    auto descriptor = open_path(path, flags | (direct ? O_DIRECT : 0), 0600);
    if (!descriptor.ok() && direct && errno == EINVAL) {
      direct = false;
      descriptor = open_path(path, flags, 0600);
    }
    if (!descriptor.ok()) return disk_problem(errno, "opening", path);
    return std::make_unique<PosixFile>(std::move(descriptor), path, direct);
  }

  Result<std::vector<std::string>> list(const std::string& folder) override {
    DIR* open_folder = ::opendir(folder.c_str());
    if (open_folder == nullptr) return disk_problem(errno, "listing", folder);
    std::vector<std::string> names;
    errno = 0;
    while (const dirent* entry = ::readdir(open_folder)) {
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") names.emplace_back(name);
      errno = 0;
    }
    const int error = errno;
    ::closedir(open_folder);
    if (error != 0) return disk_problem(error, "listing", folder);
    std::ranges::sort(names);
    return names;
  }

  bool exists(const std::string& path) override { return ::access(path.c_str(), F_OK) == 0; }

  Result<void> rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0)
      return disk_problem(errno, "renaming", fmt::format("{} to {}", from, to));
    return {};
  }

  Result<void> remove(const std::string& path) override {
    if (::remove(path.c_str()) != 0) return disk_problem(errno, "removing", path);
    return {};
  }

  Result<void> make_folder(const std::string& path) override {
    for (std::size_t at = path.find('/', 1);; at = path.find('/', at + 1)) {
      const auto part = path.substr(0, at);
      if (!part.empty() && ::mkdir(part.c_str(), 0750) != 0 && errno != EEXIST) {
        // A parent that cannot be written is no obstacle while it is there already.
        struct stat status{};
        const int error = errno;
        if (::stat(part.c_str(), &status) != 0) return disk_problem(error, "making the folder", part);
      }
      if (at == std::string::npos) break;
    }
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0) return disk_problem(errno, "making the folder", path);
    if (!S_ISDIR(status.st_mode))
      return fail("disk.failed", fmt::format("{} is a file, and a folder is needed there", path), "move the file away");
    return {};
  }

  Result<void> sync_folder(const std::string& path) override {
    const auto descriptor = open_path(path, O_RDONLY | O_DIRECTORY);
    if (!descriptor.ok()) return disk_problem(errno, "opening the folder", path);
    if (uninterrupted([&] { return ::fsync(descriptor.get()); }) != 0)
      return disk_problem(errno, "syncing the folder", path);
    return {};
  }

  Result<std::uint64_t> free_bytes(const std::string& folder) override {
    struct statvfs status{};
    if (uninterrupted([&] { return ::statvfs(folder.c_str(), &status); }) != 0)
      return disk_problem(errno, "asking the free space of", folder);
    return static_cast<std::uint64_t>(status.f_bavail) * status.f_frsize;
  }

  Result<std::unique_ptr<DiskLock>> lock(const std::string& path) override {
    auto descriptor = open_path(path, O_RDWR | O_CREAT, 0644);
    if (!descriptor.ok()) return disk_problem(errno, "opening the lock", path);
    if (uninterrupted([&] { return ::flock(descriptor.get(), LOCK_EX | LOCK_NB); }) != 0) {
      if (errno != EWOULDBLOCK) return disk_problem(errno, "locking", path);
      std::array<char, 32> text{};
      const auto got = ::pread(descriptor.get(), text.data(), text.size() - 1, 0);
      std::string_view holder(text.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
      holder = holder.substr(0, holder.find_first_not_of("0123456789"));
      return fail("disk.locked",
                  fmt::format("{} is held by {}", path,
                              holder.empty() ? std::string("another process that is just starting")
                                             : fmt::format("process {}", holder)),
                  "stop that process first, or give this one a folder of its own");
    }
    const auto pid = fmt::format("{}\n", ::getpid());
    if (::ftruncate(descriptor.get(), 0) != 0 ||
        ::pwrite(descriptor.get(), pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size()))
      return disk_problem(errno, "writing the lock", path);
    return std::make_unique<PosixLock>(std::move(descriptor));
  }

  Result<std::string> read_whole(const std::string& path, std::uint64_t limit) override {
    const auto descriptor = open_path(path, O_RDONLY);
    if (!descriptor.ok()) return disk_problem(errno, "opening", path);
    std::string bytes;
    std::array<char, 65536> buffer;
    while (true) {
      const auto got = uninterrupted([&] { return ::read(descriptor.get(), buffer.data(), buffer.size()); });
      if (got < 0) return disk_problem(errno, "reading", path);
      if (got == 0) return bytes;
      if (bytes.size() + static_cast<std::size_t>(got) > limit)
        return fail("disk.too_big", fmt::format("{} is larger than {} bytes, the most that is read here", path, limit));
      bytes.append(buffer.data(), static_cast<std::size_t>(got));
    }
  }

  Result<void> write_whole(const std::string& path, std::string_view bytes, bool secret) override {
    const auto temporary =
        fmt::format("{}.{}.{}.tmp", path, ::getpid(), counter_.fetch_add(1, std::memory_order_relaxed));
    auto written = write_new(temporary, bytes, secret);
    if (written && ::rename(temporary.c_str(), path.c_str()) != 0) written = disk_problem(errno, "writing", path);
    if (!written) {
      ::unlink(temporary.c_str());
      return written;
    }
    return sync_folder(folder_of(path));
  }

 private:
  static Result<void> write_new(const std::string& path, std::string_view bytes, bool secret) {
    auto descriptor = open_path(path, O_WRONLY | O_CREAT | O_EXCL, secret ? 0600 : 0644);
    if (!descriptor.ok()) return disk_problem(errno, "writing", path);
    PosixFile file(std::move(descriptor), path, false);
    if (auto written = file.write_at(0, std::as_bytes(std::span(bytes.data(), bytes.size()))); !written) return written;
    return file.sync();
  }

  std::atomic<std::uint64_t> counter_{0};
};

}  // namespace

std::uint64_t Random::next() {
  std::uint64_t word;
  fill(std::as_writable_bytes(std::span(&word, 1)));
  return word;
}

const Environment& system_environment() {
  static SystemClock clock;
  static SystemRandom random;
  static PosixDisk disk;
  static const Environment environment{&clock, &random, &disk};
  return environment;
}

std::unique_ptr<Random> seeded_random(std::uint64_t seed) {
  return std::make_unique<SeededRandom>(seed);
}

}  // namespace simpul
