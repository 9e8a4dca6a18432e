/**
 * The place that a key leads to from another, in rows of so many columns: arrows go as far as there are places, Home and End
 * to the ends; undefined for any other key, and where there is nothing in that direction.
 */
export const placeAfterKey = (key: string, from: number, count: number, columns: number): number | undefined => {
  const places: Readonly<Record<string, number>> = {
    ArrowRight: from + 1,
    ArrowLeft: from - 1,
    ArrowDown: from + columns,
    ArrowUp: from - columns,
    Home: 0,
    End: count - 1,
  }
  const place = places[key]
  return place !== undefined && place >= 0 && place < count ? place : undefined
}
