// `${env:NAME}` in adapters' values: filled in when the deployment is compiled, part of the fingerprint by which a
// reload tells whether an adapter must be opened again.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "bus/deployment.h"
#include "tests/bus/probe.h"

namespace simpul {
namespace {

using testing::HasSubstr;

class DeploymentEnvironment : public CityTest {
 protected:
  void SetUp() override {
    CityTest::SetUp();
    write_app("pajak", {}, "http://${env:HOST}/api");
  }
  Checked<std::shared_ptr<const Deployment>> compiled(bool serving) {
    auto files = read_configuration(*environment_.disk, folder_);
    if (!files) return std::unexpected(files.error());
    return compile_deployment(*files, probe_adapters(hub_), serving ? &source_ : nullptr, nullptr, &source_);
  }

  std::map<std::string, std::string> variables_;
  SecretSource source_ = [this](std::string_view, std::string_view name) -> Result<std::string> {
    auto found = variables_.find(std::string(name));
    if (found == variables_.end()) return fail("secret.missing", fmt::format("{} is not set", name), "set it");
    return found->second;
  };
};

TEST_F(DeploymentEnvironment, AnotherValueIsAnotherFingerprintAndTheSameGeneration) {
  variables_["HOST"] = "satu";
  const auto one = compiled(true), same = compiled(true);
  variables_["HOST"] = "dua";
  const auto other = compiled(true);
  ASSERT_TRUE(one && same && other);
  EXPECT_EQ((*one)->fingerprints.at("target pajak"), (*same)->fingerprints.at("target pajak"));
  EXPECT_NE((*one)->fingerprints.at("target pajak"), (*other)->fingerprints.at("target pajak"));
  EXPECT_EQ((*one)->fingerprints.at("target rsud"), (*other)->fingerprints.at("target rsud"));
  EXPECT_EQ((*one)->generation->hash(), (*other)->generation->hash());
}

TEST_F(DeploymentEnvironment, WhatIsMissingStopsABusAndIsListedByACheck) {
  const auto serving = compiled(true);
  ASSERT_FALSE(serving);
  EXPECT_THAT(to_text(serving.error()), HasSubstr("config/apps/pajak.yaml:11:18: error: note: HOST is not set"));
  const auto checking = compiled(false);
  ASSERT_TRUE(checking) << to_text(checking.error());
  ASSERT_EQ((*checking)->needs.size(), 1u);
  EXPECT_EQ((*checking)->needs[0].name, "HOST");
  variables_["HOST"] = "satu";
  EXPECT_TRUE((*compiled(false))->needs.empty());
}

TEST_F(DeploymentEnvironment, AReloadWithoutItChangesNothing) {
  write_app("pajak", {}, "${env:SIMPUL_TEST_NOT_SET}");
  const auto answer = control("siti", "reload");
  EXPECT_EQ(answer.status, 422);
  EXPECT_THAT(answer.body, HasSubstr("SIMPUL_TEST_NOT_SET is not set"));
  EXPECT_EQ(bus_->serving().number, 1u);
}

}  // namespace
}  // namespace simpul
