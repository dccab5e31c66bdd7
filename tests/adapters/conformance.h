// The conformance suite of the adapter contract (bus/adapter.h). Each adapter brings a rig: the application on
// the other side, which the suite makes work, break and work again. A new adapter adds its rig to rigs(), and
// a test fails until it does.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bus/adapter.h"
#include "tests/adapters/support.h"

namespace simpul::test {

// An application out of which things come. Each carries a number.
class SourceRig {
 public:
  virtual ~SourceRig() = default;
  virtual std::string yaml() = 0;
  virtual std::string folder() = 0;
  // Brings numbers first … last into being, in this order.
  virtual void bring(int first, int last) = 0;
  virtual int number_of(const Item& item) = 0;
  // The source has seen the application and waits; only what comes after it is new to some.
  virtual bool settled(FakeIntake& intake) = 0;
  virtual bool in_order() const { return true; }
  virtual void break_peer() = 0;
  virtual void mend_peer() = 0;
};

// An application into which things go.
class TargetRig {
 public:
  virtual ~TargetRig() = default;
  virtual std::string yaml() = 0;
  virtual std::string folder() = 0;
  virtual std::string into() = 0;
  virtual std::string payload(int number) = 0;
  // The numbers that had an effect, in the order in which they had it; twice when they had it twice.
  virtual std::vector<int> effects() = 0;
  virtual bool in_order() const { return true; }
  virtual void break_peer() = 0;
  // False: this rig cannot put the application back in its place.
  virtual bool mend_peer() = 0;
};

template <class Rig>
struct NamedRig {
  std::string adapter, name;
  std::function<std::unique_ptr<Rig>()> make;
};
const std::vector<NamedRig<SourceRig>>& source_rigs();
const std::vector<NamedRig<TargetRig>>& target_rigs();

}  // namespace simpul::test
