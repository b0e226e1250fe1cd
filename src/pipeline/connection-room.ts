// How many connections a listener may have at once. Where several processes share its ports, another implementation counts those of all.

export interface ConnectionRoom {
  /** False when there is no room for one more; otherwise `leave` is called once for it. */
  enter(): boolean;
  leave(): void;
}

export function connectionRoom(max: number): ConnectionRoom {
  let open = 0;
  return {
    enter() {
      if (open >= max) return false;
      open++;
      return true;
    },
    leave: () => void open--,
  };
}
