/** Voices of the library: those that engines ship, and those made from recordings. */
export const VoicesPage = () => <section />
