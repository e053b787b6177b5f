/**
 * Masks the log-in in what a broker, or an impostor, says about it.
 *
 * @module
 */
import { SecretMask } from "../../telemetry/secret_mask.ts";
import { KafkaFailure } from "./errors.ts";
import type { KafkaLogOptions } from "./options.ts";

/** The mask for the log-in of these options. */
export function loginMask({ sasl }: Pick<KafkaLogOptions, "sasl">): SecretMask {
  return new SecretMask(sasl === undefined ? [] : [{ username: sasl.username, secret: sasl.password }]);
}

/** The failure itself, or a masked copy if it holds a secret. */
export function maskedFailure(failure: KafkaFailure, mask: SecretMask): KafkaFailure {
  const message = mask.text(failure.message);
  const cause = mask.cause(failure.cause);
  if (message === failure.message && cause === failure.cause) return failure;
  return new KafkaFailure(failure.meaning, message, cause === undefined ? {} : { cause });
}
