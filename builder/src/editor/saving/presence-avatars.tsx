/** Who else is here. */
export function PresenceAvatars() {
  return null
}
