#include "bus/base/result.h"

#include <gtest/gtest.h>

namespace simpul {
namespace {

TEST(Problems, AreWrittenForAPerson) {
  Problem problem{"x.y", "this is wrong", "do that", {"routes/a.yaml", {3, 7}, {3, 9}}, "to[0]", Severity::error};
  EXPECT_EQ(to_text(problem), "routes/a.yaml:3:7: error: this is wrong (to[0]) [x.y]\n    do that");
  problem.place = {};
  problem.path.clear();
  problem.hint.clear();
  problem.severity = Severity::warning;
  EXPECT_EQ(to_text(problem), "warning: this is wrong [x.y]");
  EXPECT_FALSE(has_errors(Problems{problem}));
  EXPECT_EQ(to_text(Problems{problem, problem}), "warning: this is wrong [x.y]\nwarning: this is wrong [x.y]");
}

TEST(Nearest, FindsWhatWasMeantAndNothingElse) {
  const std::vector<std::string> names{"alamat", "nama_lengkap", "kelurahan", "kecamatan", "rt", "rw"};
  EXPECT_EQ(nearest("alamt", names), "alamat");
  EXPECT_EQ(nearest("almaat", names), "alamat");
  EXPECT_EQ(nearest("Nama_Lengkap", names), "nama_lengkap");
  EXPECT_EQ(nearest("kecamatn", names), "kecamatan");
  EXPECT_EQ(nearest("tr", names), "rt");
  EXPECT_EQ(nearest("telepon", names), "");
  EXPECT_EQ(nearest("", names), "");
  EXPECT_EQ(nearest(std::string(100000, 'x'), names), "");
  EXPECT_EQ(did_you_mean("alamt", names), ", did you mean \"alamat\"?");
  EXPECT_EQ(did_you_mean("telepon", names), "");
}

}  // namespace
}  // namespace simpul
