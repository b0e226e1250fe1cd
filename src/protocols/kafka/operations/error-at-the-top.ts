// Item APIs whose answer may also fail as a whole, with one error at the top and no items: then every operation went that way.
import { errorName } from "../errors.ts";
import type { Rule } from "../rule.ts";

export function withErrorAtTheTop<Req, Res extends { errorCode: number }>(rule: Rule<Req, Res>): Rule<Req, Res> {
  return {
    ...rule,
    outcomes(response, request, context) {
      if (response.errorCode === 0) return rule.outcomes(response, request, context);
      const error = errorName(response.errorCode);
      return rule.describe(request, context).map((_, operation) => ({ operation, error }));
    },
  };
}
