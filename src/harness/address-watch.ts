import type { IpValidation } from "../klarna/answer.ts";
import type { Report } from "../report/schema.ts";

/**
 * Keeps what Klarna's answers say of the address that they were asked from. They do so where an account's restriction to
 * listed addresses is only reported on; once it is enforced, requests from another address are blocked.
 */
export class AddressWatch {
  #denied = 0;
  #unchecked = 0;

  answered(validation: IpValidation | undefined): void {
    if (validation === "DENIED") this.#denied++;
    if (validation === "INVALID") this.#unchecked++;
  }

  warnings(): Report["warnings"] {
    return [
      ...this.#warning(
        "ADDRESS_DENIED",
        this.#denied,
        "that this machine's address is not on the account's list: once the restriction is enforced, requests from it are blocked",
      ),
      ...this.#warning(
        "ADDRESS_NOT_CHECKED",
        this.#unchecked,
        "that this machine's address could not be checked against the account's list, for a technical reason at Klarna",
      ),
    ];
  }

  #warning(code: string, answers: number, saying: string): Report["warnings"] {
    if (answers === 0) return [];
    const said = answers === 1 ? "1 answer says" : `${answers} answers say`;
    return [{ code, text: `${said} (Klarna-Ip-Validation-Status) ${saying}` }];
  }
}
