// The orders of the story, and where personal data are in them.
export interface Order {
  readonly id: number;
  readonly customer: { readonly email: string; readonly card: string };
}

/** Made-up people and card numbers. */
export const orders: readonly Order[] = [
  { id: 1, customer: { email: "ada@mail.test", card: "4539578763621486" } },
  { id: 2, customer: { email: "lin@mail.test", card: "5425233430109903" } },
  { id: 3, customer: { email: "joan@mail.test", card: "4917484589897107" } },
];

export const orderTexts: readonly string[] = orders.map((order) => JSON.stringify(order));

/** Everything that must not be seen by those who may not. */
export const secrets: readonly string[] = orders.flatMap(({ customer }) => [customer.email, customer.card]);
