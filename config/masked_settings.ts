/**
 * Settings that can be shown to anybody.
 *
 * @module
 */
import { MASK } from "../telemetry/mask_credentials.ts";
import type { Settings } from "./settings.ts";
import { settingReferences } from "./settings_reference.ts";

/** A copy of the settings with `***` in place of each secret. */
export function maskedSettings(settings: Settings): unknown {
  const secrets = new Set(settingReferences().filter(({ secret }) => secret).map(({ path }) => path.join(".")));
  const masked = (value: unknown, path: readonly string[]): unknown => {
    if (secrets.has(path.join("."))) return MASK;
    if (Array.isArray(value) || typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, masked(child, [...path, key])]));
  };
  return masked(settings, []);
}
