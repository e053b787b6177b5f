/**
 * Answers that several callers share, and that are as fresh as if each had asked for itself: a caller joins a question
 * that has not been asked yet, never one that is under way. Of many callers at once, the first asks for itself and the
 * others together after it.
 *
 * @module
 */
import { untilAborted } from "./until_aborted.ts";

interface Question<T> {
  readonly answer: Promise<T>;
  /** Aborted when no caller waits any more. */
  readonly abandoned: AbortController;
  callers: number;
}

export class FreshAnswers<T> {
  /** Questions that have not been asked yet, by name. */
  readonly #next = new Map<string, Question<T>>();
  /** Ends of the questions that are under way, by name. None of them rejects. */
  readonly #running = new Map<string, Promise<void>>();

  /**
   * What `ask` answers. Rejects with its error, or with the reason of the caller's own signal. The other callers of this
   * question then go on.
   *
   * @param name what is asked: callers with the same name share an answer
   * @param ask its signal is aborted when all that wait for the answer have given up
   */
  async get(name: string, signal: AbortSignal, ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    const question = this.#next.get(name) ?? this.#plan(name, ask);
    question.callers += 1;
    try {
      return await untilAborted(question.answer, signal);
    } finally {
      question.callers -= 1;
      if (signal.aborted && question.callers === 0) this.#abandon(name, question, signal.reason);
    }
  }

  #abandon(name: string, question: Question<T>, reason: unknown): void {
    question.abandoned.abort(reason);
    // Callers that come later are not to join it.
    if (this.#next.get(name) === question) this.#next.delete(name);
  }

  #plan(name: string, ask: (signal: AbortSignal) => Promise<T>): Question<T> {
    const abandoned = new AbortController();
    const before = this.#running.get(name);
    const answer = (async () => {
      if (before !== undefined) await before;
      abandoned.signal.throwIfAborted();
      this.#next.delete(name);
      // A question that is given up holds up no other one.
      const asked = untilAborted(ask(abandoned.signal), abandoned.signal);
      const end = asked.then(() => {}, () => {});
      this.#running.set(name, end);
      end.then(() => this.#running.get(name) === end && this.#running.delete(name));
      return await asked;
    })();
    answer.catch(() => {}); // Each caller that still waits hears of it.
    const question = { answer, abandoned, callers: 0 };
    if (before !== undefined) this.#next.set(name, question);
    return question;
  }
}
