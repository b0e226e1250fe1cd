// Values that are there, or will be: what is there already costs no promise and no turn of the event loop.

export type Maybe<T> = T | Promise<T>;

/** The list itself when nothing in it has to be waited for. */
export function allOf<T>(list: readonly Maybe<T>[]): Maybe<readonly T[]> {
  return list.some((each) => each instanceof Promise) ? Promise.all(list) : (list as readonly T[]);
}

export function after<T, R>(value: Maybe<T>, next: (value: T) => Maybe<R>): Maybe<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}
