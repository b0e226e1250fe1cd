// Topic ids of one cluster → names (KIP-516). Filled from every Metadata answer that passes and by asking; bounded, oldest first
// out. An id never changes its name, so an entry is never wrong; one of a deleted topic is merely of no use.
import { limits } from "../../base/limits.ts";

export interface TopicNames {
  nameOf(id: string): string | undefined;
  idOf(name: string): string | undefined;
}

/** The all-zero id: none. */
export const noTopicId = "AAAAAAAAAAAAAAAAAAAAAA";

export class TopicMap implements TopicNames {
  readonly #names = new Map<string, string>();
  readonly #ids = new Map<string, string>();

  nameOf(id: string): string | undefined {
    return this.#names.get(id);
  }

  /** The latest id that was seen for a name; a topic may have been re-created since. */
  idOf(name: string): string | undefined {
    return this.#ids.get(name);
  }

  learn(id: string, name: string): void {
    if (id === noTopicId || this.#ids.get(name) === id) return;
    this.#names.set(id, name);
    this.#ids.set(name, id);
    if (this.#names.size <= limits.topicIdsMax) return;
    const [oldest] = this.#names;
    if (!oldest) return;
    this.#names.delete(oldest[0]);
    if (this.#ids.get(oldest[1]) === oldest[0]) this.#ids.delete(oldest[1]);
  }
}
