/**
 * Spotlight marks what Enter would choose with an attribute of its own, which a screen reader does not know: here it becomes
 * the active option of the field.
 *
 * @returns what ends it.
 */
export function followSelected(field: HTMLElement, list: HTMLElement): () => void {
  const follow = () => {
    let active: string | null = null
    for (const [index, option] of list.querySelectorAll('[data-action]').entries()) {
      option.id = `${list.id}-${String(index)}`
      const isSelected = option.hasAttribute('data-selected')
      option.setAttribute('aria-selected', String(isSelected))
      if (isSelected) active = option.id
    }
    if (active === null) field.removeAttribute('aria-activedescendant')
    else field.setAttribute('aria-activedescendant', active)
  }
  const observer = new MutationObserver(follow)
  observer.observe(list, { childList: true, subtree: true, attributeFilter: ['data-selected'] })
  follow()
  return () => observer.disconnect()
}
