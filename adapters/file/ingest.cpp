#include "adapters/file/ingest.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <sstream>

#include "adapters/file/rejected.h"
#include "bus/base/bytes.h"
#include "bus/base/telemetry.h"

namespace simpul::file {

namespace {

constexpr std::uint64_t large_file_bytes = 50u << 20;
constexpr std::size_t batch_bytes = 4u << 20;
constexpr std::size_t faults_in_a_batch = 1000;

class OpenFile {
 public:
  explicit OpenFile(int descriptor) : descriptor_(descriptor) {}
  ~OpenFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

std::string reasons_of(const Verdict& verdict) {
  std::string out = verdict.kind == Verdict::conflict ? "refused: another event has the same id" : "refused";
  for (const auto& reason : verdict.reasons) {
    out += fmt::format("; {}{}{}", reason.instance, reason.instance.empty() ? "" : ": ", reason.message);
    if (!reason.indonesian.empty()) out += fmt::format(" [{}]", reason.indonesian);
  }
  return out;
}

class Ingest {
 public:
  Ingest(const SourceSettings& settings, const std::string& source, std::string path, std::string name, Intake& intake,
         Offering& offering, Worker& worker)
      : settings_(settings),
        source_(source),
        path_(std::move(path)),
        name_(std::move(name)),
        intake_(intake),
        offering_(offering),
        worker_(worker) {}

  Result<Ingested> run() {
    OpenFile file(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (file.get() < 0)
      return fail("file.denied", fmt::format("{} cannot be opened: {}", path_, std::strerror(errno)),
                  "give the bus the right to read it");
    struct stat before{};
    if (::fstat(file.get(), &before) != 0)
      return fail("file.read", fmt::format("{} cannot be read: {}", path_, std::strerror(errno)));
    size_ = static_cast<std::uint64_t>(before.st_size);
    // Which file it is, should the same content be found again: the one that was not put away yet, or a new one.
    which_ = fmt::format("{}:{}.{}:{}", before.st_ino, before.st_ctim.tv_sec, before.st_ctim.tv_nsec, name_);
    auto hash = hash_of(file.get());
    if (!hash) return std::unexpected(hash.error());
    if (worker_.stopping()) return Ingested::stopped;
    hash_ = *hash;
    auto again = seen_before();
    if (!again) return std::unexpected(again.error());
    if (*again) return Ingested::done;
    auto done = read(file.get());
    if (!done || *done == Ingested::stopped) return done;
    struct stat after{};
    if (::fstat(file.get(), &after) == 0 &&
        (after.st_size != before.st_size || after.st_mtim.tv_sec != before.st_mtim.tv_sec ||
         after.st_mtim.tv_nsec != before.st_mtim.tv_nsec)) {
      say(Level::error, "source.file",
          fmt::format("{}: {} was written to while it was read: what was added is not taken; raise settle_ms, or use "
                      "complete_suffix",
                      source_, name_));
      return about_the_file("the file was written to while it was read; what was added is not taken");
    }
    return done;
  }

 private:
  Result<std::string> hash_of(int descriptor) {
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> digest(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    EVP_DigestInit_ex(digest.get(), EVP_sha256(), nullptr);
    std::string piece(256u << 10, '\0');
    for (std::uint64_t at = 0; at < size_ && !worker_.stopping();) {
      auto n =
          ::pread(descriptor, piece.data(), std::min<std::uint64_t>(piece.size(), size_ - at), static_cast<off_t>(at));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0)
        return fail("file.read", fmt::format("{} cannot be read: {}", path_, std::strerror(errno)), "look at its disk");
      if (n == 0) break;
      EVP_DigestUpdate(digest.get(), piece.data(), static_cast<std::size_t>(n));
      at += static_cast<std::uint64_t>(n);
    }
    std::uint8_t hash[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    EVP_DigestFinal_ex(digest.get(), hash, &size);
    return to_hex(std::span<const std::uint8_t>(hash, 16));
  }

  // True: nothing is left to do with this content.
  Result<bool> seen_before() {
    auto taken = intake_.state("file/" + hash_);
    if (!taken) return std::unexpected(taken.error());
    if (*taken) {
      auto blank = (*taken)->find(' ');
      std::from_chars((*taken)->data(), (*taken)->data() + blank, times_);
      if ((*taken)->substr(blank + 1) == which_) return true;
      if (settings_.same_again == "ignore") {
        say(Level::info, "source.file",
            fmt::format("{}: {} has the content of a file that was taken before, and is put away (same_again: ignore)",
                        source_, name_));
        return true;
      }
      if (settings_.same_again == "reject") {
        say(Level::warning, "source.file",
            fmt::format("{}: {} has the content of a file that was taken before (same_again: reject)", source_, name_));
        auto said = about_the_file("not taken: a file with the very same content was taken before");
        if (!said) return std::unexpected(said.error());
        return true;
      }
    }
    ++times_;
    auto at = intake_.state("at/" + hash_);
    if (!at) return std::unexpected(at.error());
    if (*at) {
      std::uint64_t times = 0;
      std::istringstream in(**at);
      in >> times >> from_.offset >> from_.line >> taken_ >> left_out_;
      if (times != times_)
        from_ = {}, taken_ = left_out_ = 0;
      else
        say(Level::info, "source.file", fmt::format("{}: going on with {} at line {}", source_, name_, from_.line));
    }
    return false;
  }

  Result<Ingested> read(int descriptor) {
    auto rejected = Rejected::open(path_, from_.line);
    if (!rejected) return std::unexpected(rejected.error());
    auto lines = open_lines(settings_, descriptor, size_, from_);
    if (!lines) {
      if (lines.error().code != "file.rejected") return std::unexpected(lines.error());
      return reject(*rejected, lines.error().message);
    }
    bool end = false, stop = false;
    while (!end && !stop) {
      auto finished = fill(**lines, *rejected, end, stop);
      if (!finished) return std::unexpected(finished.error());
      if (worker_.stopping()) return Ingested::stopped;
      auto mark = (*lines)->bookmark();
      if (end || stop) break;
      auto done = commit(*rejected, {{{"at/" + hash_, fmt::format("{} {} {} {} {}", times_, mark.offset, mark.line,
                                                                  taken_ + items_.size(), left_out_)}},
                                     {}});
      if (!done || *done == Ingested::stopped) return done;
      progress(mark.offset);
    }
    return finish(*rejected, stop ? "reading stopped there (on_bad_line: stop); nothing behind it was taken" : "");
  }

  // Lines for one offer.
  Result<void> fill(Lines& lines, Rejected& rejected, bool& end, bool& stop) {
    std::size_t bytes = 0, faults = 0;
    while (items_.size() < static_cast<std::size_t>(settings_.batch_items) && bytes < batch_bytes &&
           faults < faults_in_a_batch) {
      Line line;
      auto there = lines.next(line);
      if (!there) return std::unexpected(there.error());
      if (!*there) {
        end = true;
        return {};
      }
      if (!line.fault.empty()) {
        rejected.add(line.number, line.fault);
        ++left_out_;
        ++faults;
        stop = settings_.on_bad_line == "stop";
        if (stop) return {};
        continue;
      }
      Item item;
      item.id = times_ == 1 ? fmt::format("{}-{}", hash_.substr(0, 16), line.number)
                            : fmt::format("{}.{}-{}", hash_.substr(0, 16), times_, line.number);
      item.origin = fmt::format("file {} line {}", name_, line.number);
      bytes += line.json.size();
      if (settings_.events) {
        item.event = std::move(line.json);
      } else {
        item.row = std::move(line.json);
        item.old = "null";
        item.change = "insert";
      }
      items_.push_back(std::move(item));
      numbers_.push_back(line.number);
    }
    return {};
  }

  Result<Ingested> commit(Rejected& rejected, const StateChanges& state) {
    // Before the commit: what is said twice after a crash is taken out again by Rejected::open.
    if (auto written = rejected.flush(); !written) return std::unexpected(written.error());
    auto verdicts = offering_.commit(items_, state);
    if (!verdicts) return Ingested::stopped;
    for (std::size_t i = 0; i < verdicts->size(); ++i) {
      const auto& verdict = (*verdicts)[i];
      if (verdict.kind == Verdict::refused || verdict.kind == Verdict::conflict) {
        rejected.add(numbers_[i], reasons_of(verdict));
        ++left_out_;
      } else {
        ++taken_;
      }
    }
    items_.clear();
    numbers_.clear();
    if (auto written = rejected.flush(); !written) return std::unexpected(written.error());
    return Ingested::done;
  }

  Result<Ingested> finish(Rejected& rejected, const std::string& word) {
    StateChanges state;
    state.set.emplace_back("file/" + hash_, fmt::format("{} {}", times_, which_));
    state.unset.push_back("at/" + hash_);
    auto done = commit(rejected, state);
    if (!done || *done == Ingested::stopped) return done;
    if (left_out_ > 0) {
      rejected.add(fmt::format("{} {} not taken, {} taken{}{}", left_out_, left_out_ == 1 ? "line" : "lines", taken_,
                               word.empty() ? "" : "; ", word));
      if (auto written = rejected.flush(); !written) return std::unexpected(written.error());
    }
    say(left_out_ > 0 ? Level::warning : Level::info, "source.file",
        left_out_ > 0 ? fmt::format("{}: {} was read: {} lines taken, {} not; {}{} says why", source_, name_, taken_,
                                    left_out_, name_, rejected_suffix)
                      : fmt::format("{}: {} was read: {} lines taken", source_, name_, taken_));
    return Ingested::done;
  }

  // The whole file cannot be used; noted as done, so that it is not tried again.
  Result<Ingested> reject(Rejected& rejected, const std::string& why) {
    rejected.add("not taken: " + why);
    say(Level::warning, "source.file", fmt::format("{}: {} is not taken: {}", source_, name_, why));
    StateChanges state;
    state.set.emplace_back("file/" + hash_, fmt::format("{} {}", times_, which_));
    state.unset.push_back("at/" + hash_);
    return commit(rejected, state);
  }

  Result<Ingested> about_the_file(const std::string& text) {
    auto rejected = Rejected::open(path_, ~0ull);
    if (!rejected) return std::unexpected(rejected.error());
    rejected->add(text);
    if (auto written = rejected->flush(); !written) return std::unexpected(written.error());
    return Ingested::done;
  }

  void progress(std::uint64_t offset) {
    if (size_ < large_file_bytes || settings_.format == "json") return;
    auto percent = offset * 100 / size_;
    if (percent < said_percent_ + 10) return;
    said_percent_ = percent;
    say(Level::info, "source.file",
        fmt::format("{}: {}: {} % of {} MiB read, {} lines taken, {} not", source_, name_, percent, size_ >> 20, taken_,
                    left_out_));
  }

  const SourceSettings& settings_;
  const std::string& source_;
  const std::string path_, name_;
  Intake& intake_;
  Offering& offering_;
  Worker& worker_;
  std::uint64_t size_ = 0, said_percent_ = 0;
  std::string hash_, which_;
  std::uint64_t times_ = 0, taken_ = 0, left_out_ = 0;
  Bookmark from_;
  std::vector<Item> items_;
  std::vector<std::uint64_t> numbers_;  // of the items' lines
};

}  // namespace

Result<Ingested> ingest(const SourceSettings& settings, const std::string& source, const std::string& folder,
                        const std::string& name, Intake& intake, Offering& offering, Worker& worker) {
  return Ingest(settings, source, folder + "/" + name, name, intake, offering, worker).run();
}

}  // namespace simpul::file
