/**
 * Makes the certificate with which the brokers of a stack offer TLS.
 *
 * @module
 */
import { join } from "node:path";
import { StackError } from "./stack_error.ts";
import { javaProgram, runProgram } from "./toolchain.ts";

/** A self-signed certificate for 127.0.0.1 and localhost, in the forms that brokers and clients need. */
export interface KeyStore {
  /** PKCS 12 store with the key, for the brokers. */
  readonly path: string;
  readonly password: string;
  /** The certificate as PEM, which clients trust. */
  readonly certificate: string;
}

const PASSWORD = "tickflume-stack";

/** Makes the key and certificate with the JDK's keytool, unless the folder has them. */
export async function ensureKeyStore(dir: string): Promise<KeyStore> {
  const [path, certificate] = [join(dir, "broker.p12"), join(dir, "ca.pem")];
  const store = { path, password: PASSWORD, certificate };
  if (await Deno.stat(certificate).then(() => true, () => false)) return store;
  await Deno.mkdir(dir, { recursive: true });
  await Deno.remove(path).catch(() => undefined);
  const common = ["-alias", "broker", "-keystore", path, "-storetype", "PKCS12", "-storepass", PASSWORD];
  await keytool([
    "-genkeypair",
    ...common,
    ...["-keyalg", "EC", "-groupname", "secp256r1", "-validity", "3650", "-dname", "CN=tickflume-stack"],
    ...["-ext", "SAN=ip:127.0.0.1,dns:localhost", "-ext", "BasicConstraints:critical=ca:true"],
  ]);
  await keytool(["-exportcert", ...common, "-rfc", "-file", certificate]);
  return store;
}

async function keytool(args: string[]): Promise<void> {
  const program = javaProgram("keytool");
  const output = await runProgram(program, args);
  if (output === null) throw new StackError(`Secure listeners need the JDK's program "${program}", which is missing.`);
  if (output.code !== 0) throw new StackError(`keytool failed:\n${output.text.trim()}`);
}
