/** What speaks, with what it can do and what it computes with. */
export const EnginesPage = () => <div data-testid="engines-page" />
