package auth_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"strconv"
	"testing"

	_ "modernc.org/sqlite"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/handlers"
	"latchkey/handlers/handlerstest"
)

// The app's own users. Their key is (issuer, subject): two issuers may use the same
// subject, and an e-mail address may belong to someone else later.
const usersTable = `CREATE TABLE users (
	id INTEGER PRIMARY KEY, issuer TEXT NOT NULL, subject TEXT NOT NULL, name TEXT NOT NULL,
	UNIQUE (issuer, subject))`

// addUser is for Config.Admit: the first sign-in of a person creates their row.
func addUser(db *sql.DB) func(context.Context, *auth.Session) error {
	return func(ctx context.Context, session *auth.Session) error {
		var id int64
		err := db.QueryRowContext(ctx, `
			INSERT INTO users (issuer, subject, name) VALUES (?, ?, ?)
			ON CONFLICT (issuer, subject) DO UPDATE SET name = excluded.name RETURNING id`,
			session.Issuer, session.User.Subject, session.User.Name).Scan(&id)
		session.Values["user"] = strconv.FormatInt(id, 10)
		return err
	}
}

// userID returns the ID that addUser has kept in the session.
func userID(session *auth.Session) (int64, error) {
	return strconv.ParseInt(session.Values["user"], 10, 64)
}

// An app with a table of users of its own.
func ExampleNew_ownUsers() {
	handlerstest.InExample(func(t testing.TB) {
		db, err := sql.Open("sqlite", ":memory:")
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		db.SetMaxOpenConns(1) // each connection to :memory: is a database of its own
		if _, err := db.Exec(usersTable); err != nil {
			t.Fatal(err)
		}
		app := handlerstest.Start(t, func(config *auth.Config, _ *handlers.Config) {
			config.Admit = addUser(db)
		})
		mux := http.NewServeMux()
		mux.Handle("/", app.Handler())
		mux.Handle("GET /id", app.Auth.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			session, _ := auth.FromContext(r.Context()) // not nil here
			id, err := userID(session)
			fmt.Fprint(w, id, err)
		})))
		app.SetHandler(mux)

		for _, who := range []authtest.Person{authtest.Ada, authtest.Grace, authtest.Ada} {
			browser := authtest.SignInTo(t, app.URL+"/profile", who)
			fmt.Println(who.GivenName, browser.Get(app.URL+"/id").Text)
		}
	})
	// Output:
	// Ada 1 <nil>
	// Grace 2 <nil>
	// Ada 1 <nil>
}
