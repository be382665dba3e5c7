// What `make peers` asks of the real Atlas, through its library: to hash directories, to cut files
// into statements, and to apply a directory. The revisions table is atlas migrate apply's; the
// library leaves it to its caller.
package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"

	"ariga.io/atlas/sql/migrate"
	"ariga.io/atlas/sql/postgres"
	"ariga.io/atlas/sql/schema"
	"ariga.io/atlas/sql/sqltool"
	_ "github.com/lib/pq"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) > 1 && args[0] == "hash":
		return hash(args[1:])
	case len(args) > 1 && args[0] == "validate":
		return validate(args[1:])
	case len(args) == 1 && args[0] == "split":
		return split()
	case len(args) > 1 && args[0] == "apply":
		return apply(args[1:])
	}
	return errors.New("usage: hash [-golang-migrate] DIR... | validate DIR... | split <TEXTS | apply [OPTIONS] DIR URL")
}

// As `atlas migrate hash`, for each directory.
func hash(args []string) error {
	flags := flag.NewFlagSet("hash", flag.ExitOnError)
	golang := flags.Bool("golang-migrate", false, "the directories' format")
	if err := flags.Parse(args); err != nil {
		return err
	}
	for _, name := range flags.Args() {
		dir, err := open(name, *golang)
		if err != nil {
			return err
		}
		sum, err := dir.Checksum()
		if err != nil {
			return err
		}
		if err := migrate.WriteSumFile(dir, sum); err != nil {
			return err
		}
	}
	return nil
}

func open(name string, golang bool) (migrate.Dir, error) {
	if golang {
		return sqltool.NewGolangMigrateDir(name)
	}
	return migrate.NewLocalDir(name)
}

// What is wrong with a directory's sum; the first file that differs, and its line in the sum.
type fault struct {
	Error string
	File  string
	Line  int
}

// As `atlas migrate validate`: a JSON list of faults, null for a sum that is right.
func validate(dirs []string) error {
	faults := make([]*fault, len(dirs))
	for i, name := range dirs {
		dir, err := migrate.NewLocalDir(name)
		if err != nil {
			return err
		}
		var stale *migrate.ChecksumError
		switch err := migrate.Validate(dir); {
		case errors.As(err, &stale):
			faults[i] = &fault{err.Error(), stale.File, stale.Line}
		case err != nil:
			faults[i] = &fault{Error: err.Error()}
		}
	}
	return json.NewEncoder(os.Stdout).Encode(faults)
}

// A JSON list of files' texts to a list of their statements, null for one that is not understood.
func split() error {
	var texts []string
	if err := json.NewDecoder(os.Stdin).Decode(&texts); err != nil {
		return err
	}
	files := make([][]string, len(texts))
	for i, text := range texts {
		files[i] = statements(text)
	}
	return json.NewEncoder(os.Stdout).Encode(files)
}

// nil for an error, and for what Atlas panics at (a lone quote behind DELIMITER).
func statements(text string) (found []string) {
	defer func() {
		if recover() != nil {
			found = nil
		}
	}()
	stmts, err := new(postgres.Driver).ScanStmts(text)
	if err != nil {
		return nil
	}
	found = make([]string, len(stmts))
	for i, stmt := range stmts {
		found[i] = stmt.Text
	}
	return found
}

// As `atlas migrate apply --tx-mode none`, or `--tx-mode file`.
func apply(args []string) error {
	flags := flag.NewFlagSet("apply", flag.ExitOnError)
	count := flags.Int("n", 0, "files to apply, 0 for all")
	baseline := flags.String("baseline", "", "the version that the database has already")
	perFile := flags.Bool("tx-mode-file", false, "each file in a transaction with its revision")
	golang := flags.Bool("golang-migrate", false, "the directory's format")
	if err := flags.Parse(args); err != nil {
		return err
	}
	dir, err := open(flags.Arg(0), *golang)
	if err != nil {
		return err
	}
	db, err := sql.Open("postgres", flags.Arg(1))
	if err != nil {
		return err
	}
	defer db.Close()
	ctx := context.Background()
	if err := createRevisions(ctx, db); err != nil {
		return err
	}
	if *perFile {
		return applyEach(ctx, db, dir, *count)
	}
	executor, err := newExecutor(db, dir, migrate.WithBaselineVersion(*baseline))
	if err != nil {
		return err
	}
	return executor.ExecuteN(ctx, *count)
}

func newExecutor(
	on schema.ExecQuerier, dir migrate.Dir, options ...migrate.ExecutorOption,
) (*migrate.Executor, error) {
	driver, err := postgres.Open(on)
	if err != nil {
		return nil, err
	}
	options = append(options, migrate.WithOperatorVersion("Atlas CLI - development"))
	return migrate.NewExecutor(driver, dir, revisions{on}, options...)
}

// The command's transactions are its own, not the library's.
func applyEach(ctx context.Context, db *sql.DB, dir migrate.Dir, count int) error {
	executor, err := newExecutor(db, dir)
	if err != nil {
		return err
	}
	files, err := executor.Pending(ctx)
	if err != nil {
		return err
	}
	if count > 0 && count < len(files) {
		files = files[:count]
	}
	for _, file := range files {
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		if executor, err = newExecutor(tx, dir); err != nil {
			return err
		}
		if err := executor.Execute(ctx, file); err != nil {
			return errors.Join(err, tx.Rollback())
		}
		if err := tx.Commit(); err != nil {
			return err
		}
	}
	return nil
}
