package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"ariga.io/atlas/sql/migrate"
	"ariga.io/atlas/sql/schema"
)

const table = "atlas_schema_revisions"

const columns = "version, description, type, applied, total, executed_at, execution_time, " +
	"error, error_stmt, hash, partial_hashes, operator_version"

// The command's table, as it makes it: in a schema of the same name, so that Atlas finds the
// database clean but for it.
func createRevisions(ctx context.Context, db schema.ExecQuerier) error {
	_, err := db.ExecContext(ctx, `CREATE SCHEMA IF NOT EXISTS `+table+`;
		CREATE TABLE IF NOT EXISTS `+table+"."+table+` (
			version character varying NOT NULL PRIMARY KEY,
			description character varying NOT NULL,
			type bigint NOT NULL DEFAULT 2,
			applied bigint NOT NULL DEFAULT 0,
			total bigint NOT NULL DEFAULT 0,
			executed_at timestamptz NOT NULL,
			execution_time bigint NOT NULL,
			error text,
			error_stmt text,
			hash character varying NOT NULL,
			partial_hashes jsonb,
			operator_version character varying NOT NULL
		)`)
	return err
}

type revisions struct{ schema.ExecQuerier }

func (r revisions) Ident() *migrate.TableIdent {
	return &migrate.TableIdent{Name: table, Schema: table}
}

func (r revisions) ReadRevisions(ctx context.Context) ([]*migrate.Revision, error) {
	return r.read(ctx, "ORDER BY version")
}

func (r revisions) ReadRevision(ctx context.Context, version string) (*migrate.Revision, error) {
	found, err := r.read(ctx, "WHERE version = $1", version)
	if err == nil && len(found) == 0 {
		err = migrate.ErrRevisionNotExist
	}
	if err != nil {
		return nil, err
	}
	return found[0], nil
}

func (r revisions) read(
	ctx context.Context, which string, args ...any,
) (found []*migrate.Revision, err error) {
	rows, err := r.QueryContext(ctx, "SELECT "+columns+" FROM "+table+"."+table+" "+which, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Err(), rows.Close()) }()
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, err
		}
		found = append(found, one)
	}
	return found, nil
}

func scan(rows *sql.Rows) (*migrate.Revision, error) {
	var (
		one    migrate.Revision
		spent  int64
		hashes []byte
	)
	err := rows.Scan(&one.Version, &one.Description, &one.Type, &one.Applied, &one.Total,
		&one.ExecutedAt, &spent, &one.Error, &one.ErrorStmt, &one.Hash, &hashes,
		&one.OperatorVersion)
	if err != nil {
		return nil, err
	}
	one.ExecutionTime = time.Duration(spent)
	return &one, json.Unmarshal(hashes, &one.PartialHashes)
}

// A second write leaves version, description and executed_at as they are. What is not there is ""
// and JSON's null.
func (r revisions) WriteRevision(ctx context.Context, one *migrate.Revision) error {
	hashes, err := json.Marshal(one.PartialHashes)
	if err != nil {
		return err
	}
	_, err = r.ExecContext(ctx, `INSERT INTO `+table+"."+table+` VALUES
			($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
		ON CONFLICT (version) DO UPDATE SET type = excluded.type, applied = excluded.applied,
			total = excluded.total, execution_time = excluded.execution_time,
			error = excluded.error, error_stmt = excluded.error_stmt, hash = excluded.hash,
			partial_hashes = excluded.partial_hashes, operator_version = excluded.operator_version`,
		one.Version, one.Description, one.Type, one.Applied, one.Total, one.ExecutedAt,
		int64(one.ExecutionTime), one.Error, one.ErrorStmt, one.Hash, string(hashes),
		one.OperatorVersion)
	return err
}

func (r revisions) DeleteRevision(ctx context.Context, version string) error {
	_, err := r.ExecContext(ctx, "DELETE FROM "+table+"."+table+" WHERE version = $1", version)
	return err
}
