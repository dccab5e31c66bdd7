#include "bus/schema/re2_words.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

namespace simpul::regex {
namespace {

class Writer {
 public:
  explicit Writer(const Tree& tree) : tree_(tree) {}

  std::string run() {
    write(tree_.root);
    return std::move(out_);
  }

 private:
  static constexpr std::uint32_t most_repeats = 1000;

  // Returns the largest product of counts nested in each other.
  std::uint32_t write(std::uint32_t index) {
    using Kind = Piece::Kind;
    const auto& piece = tree_.pieces[index];
    std::uint32_t product = 1;
    switch (piece.kind) {
      case Kind::empty:
        out_ += "(?:)";
        break;
      case Kind::characters:
        write(tree_.sets[piece.set]);
        break;
      case Kind::start:
        out_ += "\\A";
        break;
      case Kind::end:
        out_ += "\\z";
        break;
      case Kind::boundary:
        out_ += "\\b";
        break;
      case Kind::inside:
        out_ += "\\B";
        break;
      case Kind::sequence:
        for (auto part : piece.parts) product = std::max(product, write(part));
        break;
      case Kind::choice:
        out_ += "(?:";
        for (std::size_t i = 0; i < piece.parts.size(); ++i) {
          if (i > 0) out_ += '|';
          product = std::max(product, write(piece.parts[i]));
        }
        out_ += ')';
        break;
      case Kind::repeat:
        product = repeat(piece);
        break;
    }
    return product;
  }

  std::uint32_t repeat(const Piece& piece) {
    auto from = out_.size();
    out_ += "(?:";
    auto inner = write(piece.parts.front());
    out_ += ')';
    auto body = out_.substr(from);
    out_.resize(from);
    const auto chunk = std::max(1u, most_repeats / inner);
    auto least = piece.least;
    for (; least > chunk; least -= chunk) out_ += fmt::format("{}{{{}}}", body, chunk);
    if (!piece.most) {
      out_ += body;
      out_ += least == 0 ? "*" : least == 1 ? "+" : fmt::format("{{{},}}", least);
      return inner * (piece.least > chunk ? chunk : std::max(1u, least));
    }
    auto most = *piece.most - (piece.least - least);
    // {least,most} with least <= chunk < most: the required ones first, then what may follow.
    if (most > chunk && least > 0) {
      out_ += fmt::format("{}{{{}}}", body, least);
      most -= least;
      least = 0;
    }
    for (; most > chunk; most -= chunk) out_ += fmt::format("{}{{0,{}}}", body, chunk);
    out_ += fmt::format("{}{{{},{}}}", body, least, most);
    return inner * std::min(chunk, std::max(1u, *piece.most));
  }

  void write(const CharacterSet& set) {
    auto to = std::back_inserter(out_);
    bool negated = set.negated;
    if (set.ranges.empty() && set.properties.empty()) {  // RE2 has no empty class
      out_ += negated ? "[\\x{0}-\\x{10ffff}]" : "[^\\x{0}-\\x{10ffff}]";
      return;
    }
    out_ += negated ? "[^" : "[";
    for (const auto& range : set.ranges) fmt::format_to(to, "\\x{{{:x}}}-\\x{{{:x}}}", range.first, range.last);
    for (const auto& property : set.properties) {
      fmt::format_to(to, "\\{}{{{}}}", property.negated ? 'P' : 'p', property.name);
    }
    out_ += ']';
  }

  const Tree& tree_;
  std::string out_;
};

}  // namespace

std::string written_for_re2(const Tree& tree) {
  auto words = Writer(tree).run();
  // RE2 looks for \B between any two bytes, so the search is ours: character by character.
  return tree.has_boundaries ? "\\A(?s:.*?)(?:" + words + ")" : words;
}

}  // namespace simpul::regex
