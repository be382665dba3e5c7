#include "engine/run_report.h"

namespace engine {

const char* to_string(Status status) {
  switch (status) {
    case Status::kUpToDate:
      return "UP_TO_DATE";
    case Status::kApplied:
      return "APPLIED";
    case Status::kContinue:
      return "CONTINUE";
    case Status::kPending:
      return "PENDING";
    case Status::kPlanned:
      return "PLANNED";
    case Status::kValid:
      return "VALID";
    case Status::kUndone:
      return "UNDONE";
    case Status::kRepaired:
      return "REPAIRED";
    case Status::kAdopted:
      return "ADOPTED";
    case Status::kInvalid:
      return "INVALID";
    case Status::kLocked:
      return "LOCKED";
    case Status::kFailed:
      break;
  }
  return "FAILED";
}

}  // namespace engine
