/** The items of a comma-separated list, without blanks around them; none where it was left out. */
export function itemsOf(list: string | undefined): string[] {
  const items = (list ?? '').split(',').map((item) => item.trim());
  return items.filter((item) => item !== '');
}
