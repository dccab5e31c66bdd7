#include "bus/adapter.h"

namespace simpul {

void Target::ask(Question question, std::move_only_function<void(Answer)> done) {
  Answer answer;
  answer.kind = Answer::failed;
  answer.reason = "the adapter of the application that should answer " + question.lookup + " cannot answer lookups";
  done(std::move(answer));
}

}  // namespace simpul
