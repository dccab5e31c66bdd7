// `simpul graph`: every view in every format, names that are nowhere, and texts that would break a format.
#include <gmock/gmock.h>

#include <algorithm>
#include <map>

#include "tests/program/small_deployment.h"

namespace simpul::program {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// Every tag is closed in its order, every attribute quoted, every & an entity: XML 1.0 as far as a program writes it.
std::string xml_fault(const std::string& text) {
  std::vector<std::string> open;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == '&') {
      const auto end = text.find(';', at);
      const auto name = text.substr(at + 1, end == text.npos ? 0 : end - at - 1);
      // "#10" is a line's end (XML 1.0 §4.1, character references).
      if (name != "amp" && name != "lt" && name != "gt" && name != "quot" && name != "#10")
        return "a bare & at " + std::to_string(at);
    }
    if (text[at] != '<') {
      ++at;
      continue;
    }
    const auto end = text.find('>', at);
    if (end == text.npos) return "a tag without an end";
    const auto tag = text.substr(at + 1, end - at - 1);
    if (tag.find('<') != tag.npos) return "a bare < in " + tag;
    if (std::ranges::count(tag, '"') % 2 != 0) return "an open quote in " + tag;
    if (tag.starts_with('/')) {
      if (open.empty() || open.back() != tag.substr(1)) return "closes what is not open: " + tag;
      open.pop_back();
    } else if (!tag.ends_with('/')) {
      open.push_back(tag.substr(0, tag.find(' ')));
    }
    at = end + 1;
  }
  return open.empty() ? "" : "not closed: " + open.back();
}

class DrawnGraph : public SmallDeployment {
 protected:
  std::string graph(std::vector<std::string> options) const {
    options.insert(options.begin(), "graph");
    const auto ran = simpul(options);
    EXPECT_EQ(ran.code, 0) << ran.err;
    return ran.out;
  }
};

TEST_F(DrawnGraph, DrawsEveryViewInEveryFormat) {
  for (const char* view : {"type", "app", "class"}) {
    const auto svg = graph({"--by", view, "--format", "svg"});
    EXPECT_EQ(xml_fault(svg), "") << svg;
    EXPECT_THAT(svg, AllOf(StartsWith("<svg "), HasSubstr(">arsip</text>"), HasSubstr("stroke-dasharray")));
    const auto dot = graph({"--by", view, "--format", "dot"});
    EXPECT_THAT(dot, AllOf(StartsWith("digraph simpul {"), HasSubstr("label=\"arsip\\nArchive\""),
                           HasSubstr("style=dashed"), testing::EndsWith("}\n")));
    const auto mermaid = graph({"--by", view});
    EXPECT_THAT(mermaid, AllOf(HasSubstr("\nflowchart LR\n"), HasSubstr("[\"arsip<br/>Archive\"]"), HasSubstr("-.->")));
  }
}

TEST_F(DrawnGraph, ShowsWhatFlowsAndItsClass) {
  EXPECT_THAT(graph({}), AllOf(HasSubstr("([\"warga.alamat.diubah.v1\"]):::general"), HasSubstr("alamat → alamat"),
                               HasSubstr("{{\"warga\"}}:::general")));
  EXPECT_THAT(graph({"--by", "app"}), AllOf(Not(HasSubstr("warga.alamat.diubah.v1")), HasSubstr("asks warga")));
  EXPECT_THAT(graph({"--by", "class"}), HasSubstr("[(\"general\")]"));
}

TEST_F(DrawnGraph, IsTheSameEachTime) {
  EXPECT_EQ(graph({"--format", "svg"}), graph({"--format", "svg"}));
}

TEST_F(DrawnGraph, NoNameBreaksAFormat) {
  change("config/simpul.yaml", "Kota Uji", R"('Kota "Uji" & <b> \ #1')");
  change("config/apps/arsip.yaml", "title: Archive", R"(title: 'A "<&>" \')");
  change("routes/alamat.yaml", "key: data.nik", "when: data.alamat != \"<&\\\\\" && data.nik < \"9\"\nkey: data.nik");
  const auto svg = graph({"--format", "svg"});
  EXPECT_EQ(xml_fault(svg), "") << svg;
  EXPECT_THAT(svg, AllOf(HasSubstr("Kota &quot;Uji&quot; &amp; &lt;b&gt; \\ #1"), HasSubstr("nik &lt; &quot;9&quot;")));
  EXPECT_THAT(graph({"--format", "dot"}), AllOf(HasSubstr(R"(label="Kota \"Uji\" & <b> \\ #1: )"),
                                                HasSubstr(R"(\nA \"<&>\" \\")"), HasSubstr(R"(nik < \"9\"")")));
  EXPECT_THAT(graph({}), AllOf(HasSubstr(R"(title: "Kota \"Uji\" & <b> \\ #1: )"),
                               HasSubstr(R"(<br/>A #quot;#lt;&#gt;#quot; \"])")));
}

TEST_F(DrawnGraph, WritesTheFileInTheFormatOfItsName) {
  for (const auto& [name, begins] : std::map<std::string, std::string>{
           {"city.svg", "<svg "}, {"city.dot", "digraph"}, {"city.gv", "digraph"}, {"city.mmd", "---\n"}}) {
    const auto ran = simpul({"graph", "-o", path(name)});
    EXPECT_EQ(ran.code, 0);
    EXPECT_EQ(ran.out, "");
    EXPECT_THAT(ran.err, HasSubstr("boxes"));
    EXPECT_THAT(read(name), StartsWith(begins));
  }
  const auto ran = simpul({"graph", "-o", path("nowhere/city.svg")});
  EXPECT_EQ(ran.code, 4);
  EXPECT_THAT(ran.err, HasSubstr("nowhere"));
}

TEST_F(DrawnGraph, ShowsOnlyWhatTouchesWhatIsNamed) {
  write("config/apps/lain.yaml", "app: lain\ntitle: Other\nowner: lain\npublishes: [lain.hal.terjadi.v1]\n");
  write("schemas/events/lain.hal.terjadi.v1.json", R"({"type":"object"})");
  EXPECT_THAT(graph({}), HasSubstr("lain.hal.terjadi.v1"));
  EXPECT_THAT(graph({"--app", "arsip"}), AllOf(HasSubstr("warga.alamat.diubah.v1"), Not(HasSubstr("lain.hal"))));
  EXPECT_THAT(graph({"--type", "lain.hal.terjadi.v1"}), AllOf(HasSubstr("lain.hal"), Not(HasSubstr("arsip"))));
}

TEST_F(DrawnGraph, NamesTheNearestOfWhatIsNowhere) {
  const auto ran = simpul({"graph", "--app", "arsp", "--type", "warga.alamat.diubah.v2"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_EQ(ran.out, "");
  EXPECT_THAT(ran.err, AllOf(HasSubstr("there is no application arsp, did you mean \"arsip\"?"),
                             HasSubstr("did you mean \"warga.alamat.diubah.v1\"?")));
  EXPECT_EQ(simpul({"graph", "--by", "colour"}).code, 2);
  EXPECT_EQ(simpul({"graph", "--format", "png"}).code, 2);
}

TEST_F(DrawnGraph, ADeploymentThatDoesNotCompileIsNotDrawn) {
  change("routes/alamat.yaml", "data.nik, alamat", "data.nikk, alamat");
  const auto ran = simpul({"graph", "-o", path("city.svg")});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("routes/alamat.yaml:"));
  EXPECT_FALSE(std::filesystem::exists(path("city.svg")));
}

}  // namespace
}  // namespace simpul::program
