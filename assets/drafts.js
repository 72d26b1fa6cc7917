// What someone has typed survives a swap, and a sign-in that leaves the page. It is
// kept in this tab alone, for this user, until the same user and the same form are
// here again.
import * as page from './page.js'

const edited = new WeakSet()
const saved = {} // user → field key → value

document.addEventListener('input', event => edited.add(event.target))

// A form is identified by its action and its hidden fields (except form tokens, which
// may be different on every page).
const formKey = form => JSON.stringify([page.property(form, 'action'), ...[...page.property(form, 'elements')]
  .filter(({ type, name }) => type === 'hidden' && !/token|csrf/i.test(name))
  .map(({ name, value }) => [name, value])])

// A field is identified by its form, its name and its position among fields with
// the same name; a checkbox or radio button by its value too. Passwords, files,
// cards and codes are never saved.
const isCheckable = field => /^(checkbox|radio)$/.test(field.type)
const fieldsByKey = () => {
  const fields = new Map()
  for (const field of page.main().querySelectorAll('input, select, textarea')) {
    if (!field.form || /^(hidden|password|file)$/.test(field.type) || /\bcc-|one-time-code|-password/.test(field.autocomplete)) continue
    const key = JSON.stringify([formKey(field.form), field.name, isCheckable(field) && field.value])
    let position = 1
    while (fields.has(key + position)) position++
    fields.set(key + position, field)
  }
  return fields
}

const read = field => {
  if (isCheckable(field)) return field.checked
  return field.type === 'select-multiple' ? [...field.selectedOptions].map(option => option.value) : field.value
}
const write = (field, value) => {
  edited.add(field)
  if (isCheckable(field)) field.checked = value
  else if (field.type !== 'select-multiple') field.value = value
  else for (const option of field.options) option.selected = value.includes(option.value)
}

// save saves what this user has typed, and all fields of one form if given.
const save = (user, form) => {
  const entries = [...fieldsByKey()].filter(([, field]) => edited.has(field) || field.form === form)
  if (user && entries.length) saved[user] = { ...saved[user], ...Object.fromEntries(entries.map(([key, field]) => [key, read(field)])) }
}

const restore = user => {
  const fields = fieldsByKey()
  for (const [key, value] of Object.entries(saved[user] ?? {})) {
    if (!fields.has(key)) continue // kept for the page that has the field
    write(fields.get(key), value)
    delete saved[user][key]
  }
}

// keep is save for a page that is about to be replaced.
const keep = user => {
  save(user)
  if (any()) page.keep('latchkey-drafts', JSON.stringify({ at: Date.now(), saved }))
}

const any = () => Object.values(saved).some(fields => Object.keys(fields).length)

// --- Through a sign-in that leaves the page ---

// The drafts are then in the tab's storage, with the form that the server rejected.
// The next page removes them before anything else. It submits the form only for
// the user who typed, and only if its URL ends in a random nonce that went, sealed,
// through this one sign-in. So no other user gets the drafts, a link from another
// site cannot submit the form, and it is never submitted twice.
const maxAge = 15 * 60_000

// store returns the nonce, for the fragment of the URL to return to.
const store = (user, form, button) => {
  save(user, form)
  const nonce = crypto.randomUUID()
  const resubmit = form && { form: formKey(form), name: button?.name, value: button?.value }
  page.keep('latchkey-drafts', JSON.stringify({ at: Date.now(), nonce, resubmit, saved: { [user]: {}, ...saved } }))
  return nonce
}

// load returns the form to submit again, if any, and whether the drafts are another
// user's. While nobody is signed in they stay in storage, without the form.
const load = user => {
  const stored = user === undefined ? null : JSON.parse(page.take('latchkey-drafts'))
  if (!stored) return {}
  const returned = location.hash === '#' + stored.nonce
  if (returned) history.replaceState(history.state, '', page.here())
  if (Date.now() - stored.at > maxAge) return {}
  if (!user) {
    page.keep('latchkey-drafts', JSON.stringify({ at: stored.at, saved: stored.saved }))
    return {}
  }
  if (!stored.saved[user]) return { otherUser: true }
  saved[user] = { ...stored.saved[user], ...saved[user] }
  return { resubmit: returned && stored.resubmit }
}

// submit submits a form again, and reports whether the page still has it.
const submit = ({ form, name, value }) => {
  const found = [...page.main().querySelectorAll('form')].find(other => formKey(other) === form)
  found?.requestSubmit([...page.property(found, 'elements')].find(button => button.type === 'submit' && button.name === name && button.value === value))
  return !!found
}

// clear is for Sign Out: the next person at this computer finds nothing.
const clear = () => {
  page.take('latchkey-drafts')
  for (const user of Object.keys(saved)) delete saved[user]
}

export { save, keep, restore, any, store, load, submit, clear }
